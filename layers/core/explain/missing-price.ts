import { regionOf } from '../prices/sku.ts'
import type { Sku } from '../rating/usage.ts'

/** What an example line has in the place of a rate. */
const RATE = '0.0000021'

/**
 * The one line of configuration that gives a SKU a price: a service's own rate (`tollgate rates suggest` works one out), or the
 * region that is not priced yet. Undefined where no configuration can: a model that is not in the bundled prices.
 */
export function supplyOfPrice(sku: Sku): string | undefined {
  if (sku.startsWith('rate/')) return rateLine(sku)
  return sku.startsWith('aws/') ? `"pricedRegions": [${JSON.stringify(regionOf(sku))}]` : undefined
}

/** Usage that nobody priced is of `rate/<service>/*`; the service may hold slashes. */
function rateLine(sku: Sku): string {
  const service = sku.slice('rate/'.length).replace(/\/\*$/, '')
  return `"rates": [{ "service": ${JSON.stringify(service)}, "usdPerMs": "${RATE}" }]`
}
