import { createServer } from 'node:http'
import { readOrder } from './orders.mjs'

async function answer(request, response) {
  if (request.url === '/healthz') return response.end('well')
  return response.end(JSON.stringify(await readOrder(request.url.split('/')[2])))
}

const server = createServer(answer)
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
