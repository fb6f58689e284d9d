// What `rapid-client.node`, the compiled HTTP client inside AWS's Node runtime, does for it, in plain Node: the package that
// holds the runtime brings that part as C++ sources only. `done` and `error` return at once, as the runtime expects; the next
// `next` waits until what they send has arrived.
const { Agent, request } = require('node:http')

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':')
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
let sent = Promise.resolve()

const call = (method, path, headers, body) =>
  new Promise((resolve, reject) => {
    const options = { host, port, agent, method, path: `/2018-06-01/runtime/invocation/${path}`, headers }
    const calling = request(options, (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => resolve({ bodyJson: Buffer.concat(chunks).toString(), headers: response.headers }))
      response.on('error', reject)
    })
    calling.on('error', reject)
    calling.end(body)
  })

const post = (path, body, headers) => {
  const length = Buffer.byteLength(body)
  const json = { 'content-type': 'application/json', 'content-length': length, ...headers }
  sent = sent.then(() => call('POST', path, json, body))
}

exports.next = () => sent.then(() => call('GET', 'next', {}))
exports.done = (id, body) => post(`${id}/response`, body, {})
exports.error = (id, body, xray) => {
  const { errorType } = JSON.parse(body)
  const cause = xray.length < 1_000_000 ? { 'lambda-runtime-function-xray-error-cause': xray } : {}
  post(`${id}/error`, body, { 'lambda-runtime-function-error-type': errorType, ...cause })
}
