import {
  type EdgeDrift,
  type EdgeDriftSettings,
  edgeDriftOf,
  mayDeclare,
} from '../../layers/core/explain/edge-drift.ts'
import type { KafkaPartition } from './kafka-event.ts'
import { unpackValue } from './unpack-value.ts'

/** The drift of the first record of a partition's batch that declares costs: a sample, since it rates each span again. */
export function sampleEdgeDrift(partition: KafkaPartition, settings: EdgeDriftSettings): EdgeDrift | undefined {
  for (const { value, timestampMs, origin } of partition.records) {
    const unpacked = value === undefined ? undefined : unpackValue(value)
    if (unpacked === undefined || 'problem' in unpacked || !mayDeclare(unpacked)) continue
    const drift = edgeDriftOf(unpacked, origin?.timestampMs ?? timestampMs, settings)
    return drift.spans === 0 ? undefined : drift
  }
  return undefined
}
