import type { KafkaBatchResponse } from '../../functions/attribute-spans/attribute-spans.ts'
import type { KafkaEvent, KafkaHandler } from '../../local/log/event-source-mapping.ts'
import type { Dice } from './dice.ts'
import type { Instance } from './instance.ts'

export interface DeliveryOptions {
  readonly dice: Dice
  /** How many of 10,000 deliveries are made a fault of. */
  readonly faults: number
  readonly startInstance: () => Instance
  readonly count: (fault: string) => void
}

/** The invocation was ended from outside; what it began may still go on. */
class InvocationEnded extends Error {
  override readonly name = 'InvocationEnded'
}

const CUT_OFF = 'invocation: cut off between two writes'

/** Past events that may come again. */
const REMEMBERED = 8

/**
 * The function behind the mapping, as an unkind platform calls it: twice, at once, in other cuts, again much later, with too
 * little time; or it ends the invocation between two of its writes, or forgets it while it runs.
 */
export function unkindHandler({ dice, faults, startInstance, count }: DeliveryOptions): KafkaHandler {
  let instance = startInstance()
  const past: KafkaEvent[] = []

  const invoke = (event: KafkaEvent, on = instance): Promise<KafkaBatchResponse> => on.attribute(event, lateness())

  /** Mostly plenty of time; at times so little that a part of the batch is handed back. */
  function lateness(): () => boolean {
    if (!dice.happens(faults / 8)) return () => false
    count('invocation: runs out of time')
    const endMs = Date.now() + dice.between(0, 150)
    return () => Date.now() > endMs
  }

  const KINDS: Readonly<Record<string, (event: KafkaEvent) => Promise<KafkaBatchResponse>>> = {
    'delivery: twice, one after the other': async (event) => {
      await invoke(event)
      return invoke(event)
    },
    'delivery: twice at once': async (event) => {
      const [response] = await Promise.all([invoke(event), invoke(event, startInstance())])
      return response
    },
    'delivery: beside a batch of the past': async (event) => {
      const [response] = await Promise.all([
        invoke(event),
        invoke(past.length === 0 ? event : dice.oneOf(past), startInstance()),
      ])
      return response
    },
    'delivery: recut with overlaps': (event) => deliverRecut(dice, event, invoke),
    [CUT_OFF]: (event) =>
      new Promise((resolve, reject) => {
        const cut = instance
        cut.cutOffAfter(dice.between(1, 60), () => reject(new InvocationEnded('cut off')))
        instance = startInstance()
        // It may end before it is cut off.
        invoke(event, cut).then(resolve, reject)
      }),
    'invocation: given up while it runs': async (event) => {
      const left = instance
      instance = startInstance()
      invoke(event, left).catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, dice.between(0, 60)))
      throw new InvocationEnded('given up')
    },
  }
  // Where a row is written and its sibling is not, and the like, is found by cutting off often.
  const kinds = [...Object.keys(KINDS), CUT_OFF, CUT_OFF]

  return async (event) => {
    const kind = dice.happens(faults) ? dice.oneOf(kinds) : undefined
    if (kind !== undefined) count(kind)
    const response = await (kind === undefined ? invoke(event) : KINDS[kind]?.(event))
    past.push(event)
    if (past.length > REMEMBERED) past.shift()
    return response
  }
}

type Invoke = (event: KafkaEvent) => Promise<KafkaBatchResponse>

/** The batch in pieces that overlap, in order. Like a mapping, it does not go on behind a record that was handed back. */
async function deliverRecut(dice: Dice, event: KafkaEvent, invoke: Invoke): Promise<KafkaBatchResponse> {
  const failures = new Map<string, KafkaBatchResponse['batchItemFailures'][number]>()
  const longest = Math.max(...Object.values(event.records).map((records) => records.length))
  let from = 0
  while (from < longest) {
    const to = from + dice.between(1, Math.max(1, Math.ceil(longest / 2)))
    const start = Math.max(0, from - dice.between(0, 3))
    const records = Object.fromEntries(
      Object.entries(event.records)
        .filter(([name]) => !failures.has(name))
        .map(([name, all]) => [name, all.slice(start, to)] as const)
        .filter(([, piece]) => piece.length > 0),
    )
    const { batchItemFailures } = await invoke({ ...event, records })
    for (const failure of batchItemFailures) failures.set(failure.itemIdentifier.partition, failure)
    from = to
  }
  return { batchItemFailures: [...failures.values()] }
}
