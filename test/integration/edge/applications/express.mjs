import { tollgate } from '@tollgate/edge/express'
import express from 'express'
import { readOrder } from './orders.mjs'

const app = express()
app.use(tollgate())
app.get('/healthz', (_, response) => response.send('well'))
app.get('/orders/:id', async ({ params }, response) => response.json(await readOrder(params.id)))
const server = app.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
