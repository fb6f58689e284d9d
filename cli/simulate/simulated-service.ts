import { PICODOLLARS_PER_USD } from '../../layers/core/money/picodollars.ts'

export const SERVICE = 'prod/shop'
export const USUAL_COMMIT = 'c0ffee1'

/** The budget that is judged, and the share of it that normal traffic spends: 60 %. */
export const LIMIT_USD = 500
const NORMAL_USD_A_DAY = 300

const DAY_S = 86_400
/** Two requests a second: 120 a window. */
export const REQUESTS_A_SECOND = 2

/** What the service is asked for: how often of all, and at what part of the mean cost. */
export const OPERATIONS = [
  { name: 'GET /products/*', share: 0.8, cost: 0.5 },
  { name: 'POST /checkout', share: 0.2, cost: 3 },
] as const

/** Mean cost of a normal request, picodollars. */
export const COST_OF_REQUEST = (NORMAL_USD_A_DAY * Number(PICODOLLARS_PER_USD)) / (DAY_S * REQUESTS_A_SECOND)
/** Normal spend of a second, picodollars. */
export const COST_OF_SECOND = COST_OF_REQUEST * REQUESTS_A_SECOND
/** What the budget carries in a minute, picodollars. */
export const PACE_PER_MINUTE = (LIMIT_USD * Number(PICODOLLARS_PER_USD)) / (24 * 60)
