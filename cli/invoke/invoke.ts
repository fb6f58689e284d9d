import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { formatUsd } from '../../layers/core/money/picodollars.ts'
import { formatHour } from '../../layers/core/time/instants.ts'
import { realSleep, systemClock } from '../../local/clock.ts'
import { LOCAL_FUNCTIONS, type LocalFunctionName, type LocalSystem, startLocalSystem } from '../../local/system.ts'
import { LOCAL_TABLES } from '../../local/tables.ts'
import { localConfiguration } from '../local-configuration.ts'
import { UsageError } from '../usage-error.ts'

/** What a function did to the local tables. */
export interface Invocation {
  readonly function: LocalFunctionName
  /** What it answered. */
  readonly result: unknown
  /** Ledger rows that are new or changed, as their readers see them. */
  readonly rows: readonly InvokedRow[]
  /** Items of the other tables that are new or changed: table, keys. */
  readonly items: readonly { readonly table: string; readonly key: string }[]
  readonly deadLetters: readonly {
    readonly reason: string
    readonly topic: string
    readonly partition: number
    readonly offset: number
    readonly spans: number
    readonly details: readonly string[]
  }[]
  /** What a Kafka event source delivers again; empty for other functions. */
  readonly batchItemFailures: readonly unknown[]
}

export interface InvokedRow {
  readonly service: string
  readonly hour: string
  readonly commit: string
  readonly shard: string
  readonly fence: number
  readonly usd: string
  readonly operations: readonly { readonly operation: string; readonly spans: number; readonly usd: string }[]
  readonly outcomes: readonly { readonly outcome: string; readonly spans: number }[]
  /** Usage that waits for a price, in the SKU's quanta. */
  readonly parked: readonly { readonly sku: string; readonly quantity: string; readonly spans: number }[]
}

export interface InvokeRequest {
  readonly name: string
  readonly eventFile: string
  readonly data?: string
  readonly configuration?: string
}

/**
 * Runs a function on an event.
 * @throws UsageError for an unknown function or an unreadable event, and what the function throws: NotAKafkaEvent ...
 */
export async function invoke(request: InvokeRequest): Promise<Invocation> {
  const name = LOCAL_FUNCTIONS.find((known) => known === request.name)
  if (name === undefined) {
    throw new UsageError(`there is no function "${request.name}": there are ${LOCAL_FUNCTIONS.join(', ')}`)
  }
  const event = await readEvent(request.eventFile)
  const system = await startLocalSystem({
    configuration: await localConfiguration(request.configuration),
    clock: systemClock(),
    sleep: realSleep,
    ports: { otlp: 0, api: 0 },
    report: (what, error) =>
      process.stderr.write(`${what}: ${error instanceof Error ? error.message : String(error)}\n`),
    expires: false,
    ...(request.data === undefined ? {} : { folder: resolve(request.data) }),
  })
  try {
    return await observe(system, name, event)
  } finally {
    await system.close()
  }
}

async function readEvent(file: string): Promise<unknown> {
  let content: string
  try {
    content = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code}. Name a JSON file, or - `)
  }
  try {
    return JSON.parse(content)
  } catch {
    throw new UsageError(`${file === '-' ? 'standard input' : file} is no JSON: give the event as Lambda gets it`)
  }
}

async function observe(system: LocalSystem, name: LocalFunctionName, event: unknown): Promise<Invocation> {
  const before = await system.items()
  const lettersBefore = new Set((await lettersOf(system)).map((letter) => JSON.stringify(letter)))
  const result = await system.functions[name](event)
  const changed = [...(await system.items())].filter(([key, item]) => before.get(key) !== item)
  const keys = changed.map(([key]) => JSON.parse(key) as readonly [table: string, key: string, row: string])
  const ledgerKeys = keys.filter(([table]) => table === LOCAL_TABLES.LEDGER_TABLE)
  return {
    function: name,
    result,
    rows: await rowsOf(system, ledgerKeys),
    items: keys
      .filter(([table]) => table !== LOCAL_TABLES.LEDGER_TABLE)
      .map(([table, partition, sort]) => ({ table, key: `${partition} ${sort}` })),
    deadLetters: (await lettersOf(system)).filter((letter) => !lettersBefore.has(JSON.stringify(letter))),
    batchItemFailures: failuresOf(result),
  }
}

const failuresOf = (result: unknown): readonly unknown[] =>
  typeof result === 'object' &&
  result !== null &&
  'batchItemFailures' in result &&
  Array.isArray(result.batchItemFailures)
    ? result.batchItemFailures
    : []

async function lettersOf(system: LocalSystem): Promise<Invocation['deadLetters']> {
  const letters = []
  for await (const { reason, topic, partition, offset, spans, details } of system.deadLetters.list()) {
    letters.push({ reason, topic, partition, offset, spans, details })
  }
  return letters
}

async function rowsOf(
  system: LocalSystem,
  keys: readonly (readonly [table: string, service: string, row: string])[],
): Promise<readonly InvokedRow[]> {
  const services = [...new Set(keys.map(([, service]) => service))].filter((service) => !service.startsWith('#'))
  const invoked: InvokedRow[] = []
  for (const service of services.sort()) {
    const { rows, parked } = await system.ledger.readService(service)
    const own = new Set(keys.filter(([, key]) => key === service).map(([, , row]) => row.split('#parked#')[0]))
    for (const row of rows) {
      if (!own.has(`g1#${formatHour(row.hour)}#${row.commit}#${row.shard}`)) continue
      const waiting = parked.filter(
        (one) => one.hour === row.hour && one.commit === row.commit && one.shard === row.shard,
      )
      invoked.push({
        service,
        hour: formatHour(row.hour),
        commit: row.commit,
        shard: row.shard,
        fence: row.fence.offset,
        usd: formatUsd(row.minutes.reduce((sum, { cost }) => sum + cost, 0n)),
        operations: row.operations.map(({ operation, spans, cost }) => ({ operation, spans, usd: formatUsd(cost) })),
        outcomes: row.outcomes,
        parked: waiting
          .flatMap(({ usage }) => usage)
          .map(({ sku, quantity, spans }) => ({ sku, quantity: quantity.toString(), spans })),
      })
    }
  }
  return invoked
}
