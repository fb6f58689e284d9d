// Loaded before a function's code: CloudFormation's providers answer to an https URL, without its port, whatever URL they
// were given. The emulator speaks plain HTTP, so what goes to its host goes there.
const http = require('node:http')
const https = require('node:https')

const { hostname, port } = new URL(process.env.AWS_ENDPOINT_URL)
const secure = https.request
https.request = (options, answered) =>
  options.hostname === 'localhost' ? http.request({ ...options, hostname, port }, answered) : secure(options, answered)
