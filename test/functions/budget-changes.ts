import type { BudgetState } from '../../layers/core/budgets/state.ts'
import { encodeState } from '../../layers/core/budgets/state-codec.ts'
import type { Minute } from '../../layers/core/time/instants.ts'

/** What a state's item looks like in the Budgets table. */
const image = (state: BudgetState) => ({
  kind: { S: 'state' },
  subject: { S: state.service },
  state: { S: encodeState(state) },
  phase: { S: state.phase },
  mode: { S: state.mode },
  admit: { N: String(state.admit) },
  closed: { N: String(state.closed) },
  version: { N: String(state.version) },
})

/** A record of the Budgets table's stream, as Lambda gets it. Its number is that of the state's version. */
export function changeRecord(before: BudgetState | undefined, after: BudgetState | undefined) {
  const { service, version } = after ?? before ?? { service: '', version: 0 }
  return {
    eventID: String(version),
    eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    eventSourceARN: 'arn:aws:dynamodb:us-east-1:123456789012:table/budgets/stream/2026-11-23T00:00:00.000',
    dynamodb: {
      ApproximateCreationDateTime: 1_795_421_220,
      Keys: { kind: { S: 'state' }, subject: { S: service } },
      ...(after && { NewImage: image(after) }),
      ...(before && { OldImage: image(before) }),
      SequenceNumber: sequenceNumber(version),
      SizeBytes: 1000,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  }
}

export const sequenceNumber = (version: number): string => String(version).padStart(21, '1')

/** The state a window later, with what changed. */
export const later = (state: BudgetState, changes: Partial<BudgetState> = {}): BudgetState => ({
  ...state,
  closed: (state.closed + 1) as Minute,
  version: state.version + 1,
  ...changes,
})
