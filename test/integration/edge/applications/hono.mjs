import { serve } from '@hono/node-server'
import { tollgate } from '@tollgate/edge/hono'
import { Hono } from 'hono'
import { readOrder } from './orders.mjs'

const app = new Hono()
app.use(tollgate())
app.get('/healthz', (c) => c.text('well'))
app.get('/orders/:id', async (c) => c.json(await readOrder(c.req.param('id'))))
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => console.log(`listening on ${port}`))
