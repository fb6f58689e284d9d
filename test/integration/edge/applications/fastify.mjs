import { tollgate } from '@tollgate/edge/fastify'
import fastify from 'fastify'
import { readOrder } from './orders.mjs'

const app = fastify()
app.register(tollgate)
app.get('/healthz', async () => 'well')
app.get('/orders/:id', async ({ params }) => readOrder(params.id))
await app.listen({ port: 0, host: '127.0.0.1' })
console.log(`listening on ${app.server.address().port}`)
