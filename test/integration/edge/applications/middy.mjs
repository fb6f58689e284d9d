import middy from '@middy/core'
import { tollgate } from '@tollgate/edge/middy'
import { readOrder } from './orders.mjs'

export const handler = middy()
  .use(tollgate())
  .handler(async ({ rawPath }) => ({ statusCode: 200, body: JSON.stringify(await readOrder(rawPath.split('/')[2])) }))
