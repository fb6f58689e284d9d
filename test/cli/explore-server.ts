import { createServer } from 'node:http'
import { type ExploreCostsPorts, exploreCosts } from '../../functions/explore-costs/explore-costs.ts'
import { configurationSchema } from '../../layers/core/configuration.ts'
import { type HttpRoutes, httpApi } from '../../local/http-api.ts'

/** No daily rows, changes or events: tests that ask for them bring them. */
const NOTHING = {
  ledgerDays: 90,
  days: { readDays: async () => [], listServices: async () => [] },
  budgets: { readChanges: async () => [], readEvents: async () => [] },
  readFrontDoor: async () => [],
  rules: configurationSchema.parse({}),
}

/** The explore API on loopback, as `tollgate dev` serves it; `more`: routes that only a local system has. */
export async function startExplore(
  ports: Omit<ExploreCostsPorts, keyof typeof NOTHING> & Partial<ExploreCostsPorts>,
  more: HttpRoutes = {},
): Promise<{ readonly url: string; close(): void }> {
  const explore = exploreCosts({ ...NOTHING, ...ports })
  const paths = ['spend', 'coverage', 'budgets', 'budgets/events', 'minutes', 'prices', 'prices/book']
  const routes = Object.fromEntries(paths.map((path) => [`GET /v1/${path}`, explore]))
  const server = createServer(httpApi({ ...routes, ...more }, (error) => console.error(error)))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port')
  return { url: `http://127.0.0.1:${address.port}`, close: () => void server.close() }
}
