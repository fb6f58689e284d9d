import { regionOf } from '../prices/sku.ts'
import type { Sku } from '../rating/usage.ts'

/** What an example line has in the place of a rate. */
const RATE = '0.0000021'

/**
 * The one line of configuration that gives a SKU a price: a service's own rate (`tollgate rates suggest` works one out), or the
 * region that is not priced yet. Undefined where no configuration can: a model that is not in the bundled prices, or what the price
 * list lacks of a region that it has (`priced`).
 */
export function supplyOfPrice(sku: Sku, priced: ReadonlySet<string>): string | undefined {
  if (sku.startsWith('rate/')) return rateLine(sku)
  const region = regionOf(sku)
  return sku.startsWith('aws/') && !priced.has(region) ? `"pricedRegions": [${JSON.stringify(region)}]` : undefined
}

/** Usage that nobody priced is of `rate/<service>/*`; the service may hold slashes. */
function rateLine(sku: Sku): string {
  const service = sku.slice('rate/'.length).replace(/\/\*$/, '')
  return `"rates": [{ "service": ${JSON.stringify(service)}, "usdPerMs": "${RATE}" }]`
}
