import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { ARRIVAL_WITHOUT_SPANS, readOtlpFiles, UnreadableOtlpFile } from '../../../cli/demo/otlp-files.ts'
import type { Picodollars } from '../../../layers/core/money/picodollars.ts'
import { decodeRecord } from '../../../layers/core/otlp/decode-record.ts'

const folder = mkdtempSync(join(tmpdir(), 'tollgate-otlp-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const END_MS = Date.UTC(2026, 10, 23, 8, 0, 1)
const request = (endMs: number) => ({
  resourceSpans: [
    {
      scopeSpans: [
        { spans: [{ startTimeUnixNano: `${endMs - 5}000000`, endTimeUnixNano: `${endMs}999999`, name: 'a\nb' }] },
      ],
    },
  ],
})
const line = (endMs: number) => JSON.stringify(request(endMs))
const text = (value: Uint8Array) => Buffer.from(value).toString('utf8')

/** One file's records, without its name. */
async function read(name: string, content: string | Uint8Array) {
  const records = await readOtlpFiles([file(name, content)])
  return records.map((record) => ({ line: record.line, text: text(record.value), timestampMs: record.timestampMs }))
}

describe('a file of OTLP', () => {
  it('is one record that arrives in the millisecond in which its latest span ended', async () => {
    const content = JSON.stringify({
      resourceSpans: [request(END_MS), request(END_MS - 60_000)].flatMap((r) => r.resourceSpans),
    })
    expect(await read('one.json', content)).toEqual([{ line: undefined, text: content, timestampMs: END_MS }])
  })

  it('is one record however it is laid out', async () => {
    const pretty = JSON.stringify(request(END_MS), null, 2)
    expect(await read('pretty.json', pretty)).toEqual([{ line: undefined, text: pretty, timestampMs: END_MS }])
    expect(await read('pretty.jsonl', pretty)).toHaveLength(1)
  })

  it('is one record a line where it is JSON lines, all with the time of the latest span of the file', async () => {
    const content = `${line(END_MS)}\n\n${line(END_MS - 1_000)}\r\n`
    const expected = [
      { line: 1, text: line(END_MS), timestampMs: END_MS },
      { line: 3, text: `${line(END_MS - 1_000)}\r`, timestampMs: END_MS },
    ]
    expect(await read('two.jsonl', content)).toEqual(expected)
    // A Collector's file exporter names its JSON lines .json.
    expect(await read('two.json', content)).toEqual(expected)
  })

  it('is unpacked where it is gzipped, JSON lines too', async () => {
    const packed = gzipSync(`${line(END_MS)}\n${line(END_MS)}\nbroken`)
    expect((await read('three.jsonl.gz', packed)).map((record) => record.line)).toEqual([1, 2, 3])
    expect(await read('one.json.gz', gzipSync(line(END_MS)))).toEqual([
      { line: undefined, text: line(END_MS), timestampMs: END_MS },
    ])
  })

  it('may be a plain record with a timestamp of its own', async () => {
    const content = `{"trace_id":"a","service":"s","operation":"o","cost_amount":0.1,"timestamp":${END_MS}}`
    expect(await read('plain.json', content)).toEqual([{ line: undefined, text: content, timestampMs: END_MS }])
  })

  it('keeps files and lines in the order given', async () => {
    const paths = [file('b.jsonl', `${line(END_MS)}\n${line(END_MS)}`), file('a.json', line(END_MS - 1))]
    const records = await readOtlpFiles([...paths, ...paths])
    expect(records.map((record) => [record.file, record.line])).toEqual([
      [paths[0], 1],
      [paths[0], 2],
      [paths[1], undefined],
      [paths[0], 1],
      [paths[0], 2],
      [paths[1], undefined],
    ])
  })
})

describe('a file that is not quite OTLP', () => {
  it.each([
    ['trailing.json', `${JSON.stringify(request(END_MS), null, 2)}\ntrailing`],
    ['several.json', `${JSON.stringify(request(END_MS), null, 2)}\n${JSON.stringify(request(END_MS), null, 2)}`],
    ['template.json.txt', '{"resourceSpans": START_TIME}'],
    ['notes.txt', 'just text'],
    ['array.json', '[1, 2]'],
  ])('%s is passed through as one record', async (name, content) => {
    expect(await read(name, content)).toEqual([{ line: undefined, text: content, timestampMs: ARRIVAL_WITHOUT_SPANS }])
  })

  it('gives a broken line of JSON lines a record of its own', async () => {
    const content = `{"resourceSpans": [\n${line(END_MS)}\nbroken`
    expect(await read('broken.jsonl', content)).toEqual([
      { line: 1, text: '{"resourceSpans": [', timestampMs: END_MS },
      { line: 2, text: line(END_MS), timestampMs: END_MS },
      { line: 3, text: 'broken', timestampMs: END_MS },
    ])
  })

  it('keeps the bytes of a line that is no text', async () => {
    const bytes = Buffer.concat([Buffer.from(`${line(END_MS)}\n`), Buffer.from([0xff, 0x00, 0xfe])])
    const records = await readOtlpFiles([file('bytes.jsonl', bytes)])
    expect(Buffer.from(records[1]?.value ?? [])).toEqual(Buffer.from([0xff, 0x00, 0xfe]))
  })

  it('passes on what only begins like gzip', async () => {
    const bytes = new Uint8Array([0x1f, 0x8b, 0x08, 0x00, 0x01])
    const [record] = await readOtlpFiles([file('torn.json.gz', bytes)])
    expect(Buffer.from(record?.value ?? [])).toEqual(Buffer.from(bytes))
  })

  it.each(['', '\n', ' \r\n\t'])('is an empty record where it is blank (%j)', async (content) => {
    const empty = [{ line: undefined, text: '', timestampMs: ARRIVAL_WITHOUT_SPANS }]
    expect(await read('blank.json', content)).toEqual(empty)
    expect(await read('blank.jsonl', content)).toEqual(empty)
  })
})

describe('a path that leads to no file', () => {
  it('is a typed error that says what to give instead', async () => {
    const missing = join(folder, 'missing.json')
    const failure = readOtlpFiles([missing])
    await expect(failure).rejects.toBeInstanceOf(UnreadableOtlpFile)
    await expect(failure).rejects.toThrow(/missing\.json: there is no such file; give paths of OTLP files/)
  })

  it('may be a folder', async () => {
    await expect(readOtlpFiles([folder])).rejects.toThrow('it is a folder; name the files in it')
  })
})

const otlp = fileURLToPath(new URL('../../../../shared/data/otlp/', import.meta.url))
const filesIn = (under: string) =>
  existsSync(join(otlp, under))
    ? readdirSync(join(otlp, under), { withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.endsWith('.md'))
        .map((entry) => join(otlp, under, entry.name))
    : []

describe.skipIf(!existsSync(otlp))('the collected OTLP files (only where the data folder is)', () => {
  it.each([...filesIn(''), ...filesIn('bad'), ...filesIn('other-formats')])('%s becomes records', async (path) => {
    const records = await readOtlpFiles([path])
    expect(records.length).toBeGreaterThan(0)
    for (const record of records) {
      expect(record.value.length).toBeGreaterThan(0)
      expect(record.timestampMs).toBeGreaterThan(1e12)
      expect(record.timestampMs).toBeLessThan(1e13)
    }
  })

  it.each([
    ['otel-demo-capture.jsonl', 313],
    ['oteldb-k6-shop.jsonl', 156],
    ['adot-strands-bedrock.binpb', 50],
    ['jaeger-example-trace.json', 5],
    ['servicegraph-extra-dimensions-queue-db-trace.json', 4],
  ])('%s arrives when all of its %i spans are plausible', async (name, spans) => {
    const decoded = (await readOtlpFiles([join(otlp, name)])).map((record) =>
      decodeRecord(record.value, record.timestampMs, 0n as Picodollars),
    )
    expect(decoded.flatMap((record) => record.dead)).toEqual([])
    expect(decoded.flatMap((record) => record.spans)).toHaveLength(spans)
  })

  it('has a record for each line of JSON lines and one for each other file', async () => {
    const counts = async (name: string) => (await readOtlpFiles([join(otlp, name)])).length
    expect(await counts('otel-demo-capture.jsonl')).toBe(29)
    expect(await counts('oteldb-k6-shop.jsonl')).toBe(23)
    expect(await counts('bad/fluent-bit-decoder-cases.json')).toBe(1)
  })

  it.each(['adot-strands-bedrock', 'jaeger-cassandra-otel-traces-01', 'java-sdk-logging-otlp', 'otel-demo-frontend'])(
    'arrives at the same moment as protobuf and as JSON (%s)',
    async (name) => {
      const [proto, json] = await readOtlpFiles([join(otlp, `${name}.binpb`), join(otlp, `${name}.json`)])
      expect(proto?.timestampMs).toBe(json?.timestampMs)
    },
  )
})
