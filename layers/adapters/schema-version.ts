import type { AttributeValue } from '@aws-sdk/client-dynamodb'

/**
 * The version of the shape of every item, in its attribute `v`; items without one are of version 1. A new attribute that an
 * older reader may pass over changes nothing here. A change that it would misread raises the version, in two releases: the
 * first reads both and still writes the older, the second writes the newer (docs/upgrades.md). `SCHEMA_ATTRIBUTE` is no id
 * of a counter and no other attribute's name in any table.
 */
const SCHEMA_VERSION = 1
export const SCHEMA_ATTRIBUTE = 'v'
export const SCHEMA_VALUE: AttributeValue = { N: String(SCHEMA_VERSION) }

/** An item was written by a newer release: this one would misread it, and must not write over it. */
export class NewerSchema extends Error {
  override readonly name = 'NewerSchema'
  constructor(version: number) {
    super(
      `an item is of schema version ${version}, and this release reads up to ${SCHEMA_VERSION}: a newer release has run ` +
        'here; deploy that one again',
    )
  }
}

type Item = Readonly<Record<string, AttributeValue>>

/** The item as it is put into a table. */
export const versioned = <Shape extends Item>(item: Shape): Shape & { readonly v: AttributeValue } => ({
  ...item,
  v: SCHEMA_VALUE,
})

const versionOf = (item: Item | undefined): number => Number(item?.[SCHEMA_ATTRIBUTE]?.N ?? SCHEMA_VERSION)

/** True where a newer release has written the item. */
export const isNewer = (item: Item): boolean => versionOf(item) > SCHEMA_VERSION

/**
 * The item, where this release can read it.
 * @throws NewerSchema
 */
export function readableItem<Stored extends Item | undefined>(item: Stored): Stored {
  if (item !== undefined && isNewer(item)) throw new NewerSchema(versionOf(item))
  return item
}
