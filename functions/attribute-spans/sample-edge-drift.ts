import {
  type EdgeDrift,
  type EdgeDriftSettings,
  edgeDriftOf,
  mayDeclare,
} from '../../layers/core/explain/edge-drift.ts'
import type { KafkaPartition } from './kafka-event.ts'

/** The drift of the first record of a partition's batch that declares costs: a sample, since it rates each span again. */
export function sampleEdgeDrift(partition: KafkaPartition, settings: EdgeDriftSettings): EdgeDrift | undefined {
  const record = partition.records.find(({ value }) => value !== undefined && mayDeclare(value))
  if (record?.value === undefined) return undefined
  const drift = edgeDriftOf(record.value, record.timestampMs, settings)
  return drift.spans === 0 ? undefined : drift
}
