// Loaded before a program that talks to the emulator: its APIs have names under localhost, which every name under it means
// (RFC 6761, 6.3), and which resolvers of many machines do not know.
const dns = require('node:dns')

const lookup = dns.lookup
dns.lookup = (name, ...rest) => lookup(/\.localhost$/.test(name) ? '127.0.0.1' : name, ...rest)
