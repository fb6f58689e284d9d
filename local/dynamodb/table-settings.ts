import type { Drawer, Engine } from './engine.ts'

/** What dynalite does not remember about a table. */
interface Settings {
  readonly table: string
  /** The table has a stream of new and old images. */
  readonly stream: boolean
  /** The attribute of the time to live, epoch seconds. */
  readonly timeToLive?: string
}

/** The tables' settings, and the names of their keys. */
export interface TableSettings {
  hasStream(table: string): boolean
  timeToLiveOf(table: string): string | undefined
  /** Each table that has a time to live, with its attribute. */
  expiring(): readonly (readonly [table: string, attribute: string])[]
  /** The names of the key attributes, partition key first; undefined for a table that is not there. */
  keyNames(table: string): Promise<readonly string[] | undefined>
  setStream(table: string, enabled: boolean): Promise<void>
  setTimeToLive(table: string, attribute: string | undefined): Promise<void>
}

/** Reads the settings that an earlier run kept in the drawer. */
export async function openTableSettings(engine: Engine, drawer: Drawer): Promise<TableSettings> {
  const settings = new Map(((await drawer.values()) as Settings[]).map((kept) => [kept.table, kept]))
  const keys = new Map<string, readonly string[]>()

  async function keep(changed: Settings): Promise<void> {
    settings.set(changed.table, changed)
    await drawer.put(changed.table, changed)
  }
  const settingsOf = (table: string): Settings => settings.get(table) ?? { table, stream: false }

  return {
    hasStream: (table) => settingsOf(table).stream,
    timeToLiveOf: (table) => settingsOf(table).timeToLive,
    expiring: () =>
      [...settings.values()].flatMap(({ table, timeToLive }) =>
        timeToLive === undefined ? [] : [[table, timeToLive]],
      ),
    keyNames: async (table) => {
      const cached = keys.get(table)
      if (cached !== undefined) return cached
      const { status, body } = await engine.execute('DescribeTable', { TableName: table })
      if (status !== 200) return undefined
      const description = body.Table as { KeySchema: { AttributeName: string }[] }
      const names = description.KeySchema.map((key) => key.AttributeName)
      keys.set(table, names)
      return names
    },
    setStream: (table, enabled) => keep({ ...settingsOf(table), stream: enabled }),
    setTimeToLive: (table, attribute) => {
      const { stream } = settingsOf(table)
      return keep(attribute === undefined ? { table, stream } : { table, stream, timeToLive: attribute })
    },
  }
}
