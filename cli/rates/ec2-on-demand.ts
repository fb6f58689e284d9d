import tables from './ec2-on-demand.snapshot.json' with { type: 'json' }

/** What an instance costs by the hour, and who says so. */
export interface HourlyPrice {
  /** A decimal string. */
  readonly usd: string
  readonly source: string
  /** The source's date. */
  readonly published: string
}

/**
 * The On-Demand price of an EC2 instance (Linux, shared tenancy) in a region, as a page or a copy of the Price List had it at
 * the date it names; undefined where the bundled table has none.
 */
export function onDemandPrice(instance: string, region: string): HourlyPrice | undefined {
  for (const { region: of, prices, source, published } of tables) {
    const found = of === region ? prices.find((price) => price.instance === instance) : undefined
    if (found !== undefined) return { usd: found.usd, source, published }
  }
  return undefined
}

/** Regions in which the table has that instance, for a message. */
export const regionsWith = (instance: string): readonly string[] => [
  ...new Set(
    tables.filter(({ prices }) => prices.some((price) => price.instance === instance)).map(({ region }) => region),
  ),
]
