import middy from '@middy/core'
import { tollgate } from '@tollgate/edge/middy'
import { instrumented } from './lambda-telemetry.mjs'
import { readOrder } from './orders.mjs'

const served = middy()
  .use(tollgate())
  .handler(async ({ rawPath }) => ({ statusCode: 200, body: JSON.stringify(await readOrder(rawPath.split('/')[2])) }))

export const handler = instrumented(served)
