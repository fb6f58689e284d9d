import pMap from 'p-map'
import * as z from 'zod'
import type { StateChange } from '../core/alerts/alert-lease.ts'
import type { BudgetState } from '../core/budgets/state.ts'
import { decodeState } from '../core/budgets/state-codec.ts'

/** What a function on the stream answers: the records to deliver again (`ReportBatchItemFailures`). */
export interface StreamResponse {
  readonly batchItemFailures: { readonly itemIdentifier: string }[]
}

/** A change of one service's state in the Budgets table. */
export interface BudgetChange {
  readonly service: string
  readonly before: (NonNullable<StateChange['before']> & Pick<BudgetState, 'version'>) | undefined
  /** Undefined: the state was removed. */
  readonly after: BudgetState | undefined
}

/** The event came from something else than the Budgets table's stream. */
export class NotABudgetsEvent extends Error {
  override readonly name = 'NotABudgetsEvent'
  constructor(problem: string) {
    super(`give this function events of the Budgets table's stream, with new and old images: ${problem}`)
  }
}

const text = z.object({ S: z.string() })

/** The stream's record (Lambda developer guide, DynamoDB event), as far as it is read here. */
const recordSchema = z.object({
  eventSource: z.literal('aws:dynamodb'),
  dynamodb: z.object({
    SequenceNumber: z.string(),
    Keys: z.object({ kind: text, subject: text }),
    NewImage: z.unknown().optional(),
    OldImage: z.unknown().optional(),
  }),
})
/** Lambda's own limit of a batch. */
const eventSchema = z.object({ Records: z.array(recordSchema).max(10_000) })
type StreamRecord = z.infer<typeof recordSchema>['dynamodb']

const newImageSchema = z.object({ state: text })
/** Of the old image the attributes beside the state are enough: it may be of an older version. */
const oldImageSchema = z.object({
  phase: z.object({ S: z.enum(['within', 'warned', 'throttled', 'releasing']) }),
  mode: z.object({ S: z.enum(['shadow', 'enforce']) }),
  heldBack: text.optional(),
  version: z.object({ N: z.string().regex(/^\d+$/).transform(Number) }),
})

/** Services worked on side by side. */
const SERVICES_AT_ONCE = 8

/** A service's records of an event, in their order. */
type RecordsByService = ReadonlyMap<string, readonly StreamRecord[]>

/** @throws NotABudgetsEvent */
function recordsOf(event: unknown): RecordsByService {
  const parsed = eventSchema.safeParse(event)
  if (!parsed.success) throw new NotABudgetsEvent(z.prettifyError(parsed.error))
  const states = parsed.data.Records.map(({ dynamodb }) => dynamodb).filter(({ Keys }) => Keys.kind.S === 'state')
  return Map.groupBy(states, ({ Keys }) => Keys.subject.S)
}

/**
 * Gives each change of a stream event to `handle`, a service's own in their order. What follows a failed change of the
 * same service waits for it: it is delivered again behind it. Items that are no states are passed over.
 * @throws NotABudgetsEvent
 */
export async function eachBudgetChange(
  event: unknown,
  handle: (change: BudgetChange) => Promise<void>,
  observeFailure: (service: string, error: unknown) => void,
): Promise<StreamResponse> {
  const failures = await pMap(
    recordsOf(event),
    async ([service, records]) => {
      for (const record of records) {
        try {
          await handle(changeOf(service, record))
        } catch (error) {
          observeFailure(service, error)
          return [{ itemIdentifier: record.SequenceNumber }]
        }
      }
      return []
    },
    { concurrency: SERVICES_AT_ONCE },
  )
  return { batchItemFailures: failures.flat() }
}

/**
 * Gives the changes of a stream event to `handle` in rounds: each service's first together, then each one's second. It answers
 * with the services that failed; what follows of them waits, as for `eachBudgetChange`.
 * @throws NotABudgetsEvent
 */
export async function eachRoundOfChanges(
  event: unknown,
  handle: (changes: readonly BudgetChange[]) => Promise<ReadonlyMap<string, unknown>>,
  observeFailure: (service: string, error: unknown) => void,
): Promise<StreamResponse> {
  const waiting = new Map(recordsOf(event))
  const batchItemFailures: { itemIdentifier: string }[] = []
  const fail = (service: string, record: StreamRecord, error: unknown): void => {
    observeFailure(service, error)
    waiting.delete(service)
    batchItemFailures.push({ itemIdentifier: record.SequenceNumber })
  }
  for (let round = 0; waiting.size > 0; round += 1) {
    const changes: BudgetChange[] = []
    const records = new Map<string, StreamRecord>()
    for (const [service, all] of waiting) {
      const record = all[round]
      if (record === undefined) {
        waiting.delete(service)
        continue
      }
      records.set(service, record)
      try {
        changes.push(changeOf(service, record))
      } catch (error) {
        fail(service, record, error)
      }
    }
    for (const [service, error] of await handle(changes)) {
      const record = records.get(service)
      if (record !== undefined) fail(service, record, error)
    }
  }
  return { batchItemFailures }
}

/** @throws ZodError, SyntaxError for an image that close-windows did not write */
function changeOf(service: string, { NewImage, OldImage }: StreamRecord): BudgetChange {
  const old = OldImage === undefined ? undefined : oldImageSchema.parse(OldImage)
  return {
    service,
    before: old && { phase: old.phase.S, mode: old.mode.S, heldBack: old.heldBack?.S, version: old.version.N },
    after: NewImage === undefined ? undefined : decodeState(newImageSchema.parse(NewImage).state.S),
  }
}
