import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Picodollars } from '../../../../layers/core/money/picodollars.ts'
import { decodeRecord } from '../../../../layers/core/otlp/decode-record.ts'
import type { DecodedRecord } from '../../../../layers/core/otlp/span.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'
import { jsonBytes } from './written-request.ts'

const DATA = new URL('../../../../../shared/data/otlp/', import.meta.url)
const read = (name: string): Buffer => readFileSync(new URL(name, DATA))

/** As if the record had arrived when its latest span ended. */
function decodeOnArrival(json: Uint8Array, value: Uint8Array = json): DecodedRecord {
  const ends = [
    ...Buffer.from(json)
      .toString('latin1')
      .matchAll(/"endTimeUnixNano":\s*"?(\d{19})/g),
  ]
  const at = Math.max(0, ...ends.map(([, ns = '']) => Number(ns.slice(0, -6))))
  return decodeRecord(new Uint8Array(value), at as EpochMs, 0n as Picodollars)
}

/** Spans that live, and dead ones by reason. */
function tally(records: readonly DecodedRecord[]): { spans: number; dead: { [reason: string]: number } } {
  const dead: { [reason: string]: number } = {}
  for (const part of records.flatMap((record) => record.dead)) dead[part.reason] = (dead[part.reason] ?? 0) + part.spans
  return { spans: records.reduce((sum, record) => sum + record.spans.length, 0), dead }
}

describe.skipIf(!existsSync(DATA))(
  'requests of real SDKs and collectors (skipped where the data folder is absent)',
  () => {
    it.each<[string, number, object]>([
      ['adot-strands-bedrock.json', 50, {}],
      ['contrib-countconnector-input.json', 0, { invalid_trace_id: 16 }],
      ['contrib-ptracetest-dropped.json', 0, { impossible_time: 1 }],
      ['contrib-ptracetest-links.json', 0, { invalid_span_id: 1 }],
      ['contrib-ptracetest-tracestate.json', 0, { impossible_time: 1 }],
      ['jaeger-cassandra-otel-traces-01.json', 1, {}],
      ['jaeger-default.json', 1, {}],
      ['jaeger-dur-trace.json', 1, {}],
      ['jaeger-example-trace.json', 5, {}],
      ['jaeger-link-attributes-trace.json', 1, {}],
      ['jaeger-log-tags-trace.json', 1, {}],
      ['jaeger-multi-index-trace.json', 2, {}],
      ['jaeger-multi-spot-tags-trace.json', 1, {}],
      ['jaeger-otlp2jaeger-in.json', 2, {}],
      ['jaeger-process-tags-trace.json', 1, {}],
      ['jaeger-scope-attributes-trace.json', 1, {}],
      ['jaeger-span-tags-trace.json', 1, {}],
      ['jaeger-tags-escaped-operator-trace-1.json', 1, {}],
      // its times are 100 and 200 ns after the epoch
      ['java-sdk-logging-otlp.json', 0, { impossible_time: 2 }],
      // its trace id is all zeros
      ['langwatch-claude-code.json', 0, { invalid_trace_id: 1 }],
      ['otel-demo-capture.jsonl', 313, {}],
      ['otel-demo-frontend.json', 50, {}],
      ['oteldb-k6-shop.jsonl', 156, {}],
      ['proto-example-trace.json', 1, {}],
      ['servicegraph-extra-dimensions-queue-db-trace.json', 4, {}],
      // enums by name, ids in base64: protobuf's own JSON dialect, not OTLP's
      ['bad/data-prepper-both-span-types.json', 0, { malformed_span: 3 }],
      ['bad/data-prepper-test-request.json', 0, { malformed_span: 3 }],
      ['bad/cloudwatch-agent-template.json.txt', 0, { undecodable: 1 }],
      ['bad/jaeger-trace-invalid-json.json.txt', 0, { not_spans: 1 }],
      ['bad/langwatch-zero-ids.json', 0, { invalid_trace_id: 1 }],
      ['bad/wrong-signal-logs.json', 0, { wrong_signal: 1 }],
      ['bad/wrong-signal-metrics.json', 0, { wrong_signal: 1 }],
      ['bad/xray-segment-dynamodb.json', 0, { not_spans: 1 }],
      ['bad/zipkin-threespans.json', 0, { not_spans: 1 }],
      // metrics of OTLP 0.7 read as spans: a metric's name is no trace id
      ['bad/wrong-signal-metrics-int-gauge.binpb', 0, { invalid_trace_id: 1 }],
      ['bad/wrong-signal-metrics-mixed-07-1x.binpb', 0, { invalid_span_id: 1, invalid_trace_id: 1 }],
      ['other-formats/adot-strands-bedrock-cloudwatch.json', 0, { not_spans: 1 }],
      ['other-formats/strands-pydantic-ai-bedrock-spans.json', 0, { not_spans: 1 }],
    ])('%s: %i spans, dead %o', (name, spans, dead) => {
      const records = name.endsWith('.jsonl')
        ? read(name)
            .toString()
            .trim()
            .split('\n')
            .map((line) => Buffer.from(line))
        : [read(name)]
      expect(tally(records.map((record) => decodeOnArrival(record)))).toEqual({ spans, dead })
    })

    it.each(['adot-strands-bedrock', 'jaeger-cassandra-otel-traces-01', 'java-sdk-logging-otlp', 'otel-demo-frontend'])(
      '%s is the same in JSON and protobuf',
      (name) => {
        const json = decodeOnArrival(read(`${name}.json`))
        const protobuf = decodeOnArrival(read(`${name}.json`), read(`${name}.binpb`))
        expect(protobuf.spans).toEqual(json.spans)
        expect(protobuf.dead.map(({ reason, detail }) => [reason, detail])).toEqual(
          json.dead.map(({ reason, detail }) => [reason, detail]),
        )
        expect([json.format, protobuf.format]).toEqual(['otlp_json', 'otlp_proto'])
      },
    )

    it('ctraces writes a span that lives, and one without ids', () => {
      const value = read('ctraces-sample-trace.binpb')
      const [first] = decodeRecord(value, 0 as EpochMs, 0n as Picodollars).dead
      expect(first?.reason).toBe('impossible_time')
      expect(tally([decodeRecord(value, ctracesEndMs(value), 0n as Picodollars)])).toEqual({
        spans: 1,
        dead: { invalid_trace_id: 1 },
      })
    })

    /** Another decoder's table. Where its view and OTLP's differ, the answer here follows OTLP, and the comment says how. */
    it.each<[string, string]>([
      ['resourceSpans_missing', ''], // an empty request is valid
      ['resourceSpans_wrong_type', 'malformed'],
      ['resourceSpans_entry_wrong_type', 'malformed'],
      ['root_wrong_type', 'not_spans'],
      ['scopeSpans_missing', ''], // so is a resource without spans
      ['scopeSpans_wrong_type', 'malformed'],
      ['scopeSpans_entry_wrong_type', 'malformed'],
      ['spans_missing', ''],
      ['spans_wrong_type', 'malformed'],
      ['span_entry_wrong_type', 'malformed_span'],
      ['span_name_missing', 'invalid_trace_id'],
      ['invalid_trace_id', 'invalid_trace_id'],
      ['invalid_span_id', 'invalid_span_id'],
      ['invalid_parent_span_id', 'invalid_parent_span_id'],
      // Events and links are not read; what remains wrong with these is that they have no times.
      ['event_missing_name', 'impossible_time'],
      ['event_invalid_timestamp', 'impossible_time'],
      ['link_entry_wrong_type', 'impossible_time'],
      ['link_missing_trace_id', 'impossible_time'],
      ['link_invalid_span_id', 'impossible_time'],
      ['link_trace_id_zero_length', 'impossible_time'],
      ['link_span_id_zero_length', 'impossible_time'],
      ['link_trace_id_invalid_hex', 'impossible_time'],
      ['link_span_id_invalid_hex', 'impossible_time'],
      ['link_trace_id_odd_length', 'impossible_time'],
      ['link_span_id_odd_length', 'impossible_time'],
      ['status_invalid_code', 'malformed_span'],
      ['trace_id_zero_length', 'invalid_trace_id'],
      ['span_id_zero_length', 'invalid_span_id'],
      ['trace_id_invalid_hex', 'invalid_trace_id'],
      ['span_id_invalid_hex', 'invalid_span_id'],
      ['parent_span_id_invalid_hex', 'invalid_parent_span_id'],
      ['trace_id_odd_length', 'invalid_trace_id'],
      ['span_id_odd_length', 'invalid_span_id'],
      ['parent_span_id_odd_length', 'invalid_parent_span_id'],
      ['parent_span_id_zero_length_valid', 'impossible_time'],
      ['valid_with_parent_span_id', 'impossible_time'],
      ['valid_minimal', 'impossible_time'],
      ['valid_with_event_and_link', 'malformed_span'], // status by name: OTLP/JSON has integers only
    ])("fluent-bit's case %s: %s", (name, reason) => {
      const { input } = cases()[name] as { input: unknown }
      const decoded = decodeOnArrival(jsonBytes(input))
      expect(decoded.spans).toEqual([])
      expect(decoded.dead.map((part) => part.reason)).toEqual(reason === '' ? [] : [reason])
    })

    it("knows every one of fluent-bit's cases", () => {
      expect(Object.keys(cases())).toHaveLength(38)
    })
  },
)

const cases = (): { [name: string]: unknown } => JSON.parse(read('bad/fluent-bit-decoder-cases.json').toString())

/** The file's first span ends at a fixed64 behind tag 0x41. */
function ctracesEndMs(value: Buffer): EpochMs {
  const at = value.indexOf(0x41, value.indexOf(0x39))
  return Number(value.readBigUInt64LE(at + 1) / 1_000_000n) as EpochMs
}
