import { type EdgeDrift, type EdgeDriftSettings, edgeDriftOf } from '../../layers/core/explain/edge-drift.ts'
import type { KafkaRecord } from './kafka-event.ts'
import { unpackValue } from './unpack-value.ts'

/** The drift of one record of a batch that declares costs: a sample, since it rates each span again. Undefined where it has nothing to compare. */
export function sampleEdgeDrift(
  { value, timestampMs, origin }: KafkaRecord,
  settings: EdgeDriftSettings,
): EdgeDrift | undefined {
  const unpacked = value === undefined ? undefined : unpackValue(Buffer.from(value, 'base64'))
  if (unpacked === undefined || 'problem' in unpacked) return undefined
  const drift = edgeDriftOf(unpacked, origin?.timestampMs ?? timestampMs, settings)
  return drift.spans === 0 ? undefined : drift
}
