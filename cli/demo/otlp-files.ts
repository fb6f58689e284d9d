import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { isObject, latest, latestSpanEnd, parseJson } from './latest-span-end.ts'

/** What a log record is made of, and where it came from. */
export interface OtlpFileRecord {
  readonly file: string
  /** The line of a JSON-lines file, from 1; undefined where the record is the whole file. */
  readonly line: number | undefined
  readonly value: Uint8Array
  /** As if it had arrived just when the latest span of its file ended; `ARRIVAL_WITHOUT_SPANS` where no span says when. */
  readonly timestampMs: EpochMs
}

/** A file that cannot be read at all; one that holds no OTLP is no error but a record that will be a dead letter. */
export class UnreadableOtlpFile extends Error {
  override readonly name = 'UnreadableOtlpFile'
  readonly file: string
  constructor(file: string, why: string, cause?: unknown) {
    super(`cannot read ${file}: ${why}`, { cause })
    this.file = file
  }
}

/** When records of a file arrive in which no span has plausible times: 2026-01-01T00:00:00Z. */
export const ARRIVAL_WITHOUT_SPANS = Date.UTC(2026, 0, 1) as EpochMs

/** A file, unpacked, is held in memory several times over. */
const FILE_BYTES_MAX = 256 * 1024 * 1024

const TOO_LARGE = 'it holds more than 256 MiB; cut it into smaller files'

const WHY: { readonly [code: string]: string } = {
  ENOENT: 'there is no such file; give paths of OTLP files (JSON, JSON lines, protobuf, each also gzipped)',
  EISDIR: 'it is a folder; name the files in it',
  EACCES: 'permission denied; make it readable first',
  ERR_FS_FILE_TOO_LARGE: TOO_LARGE,
}

/** The name that stands for standard input. */
const STANDARD_INPUT = '-'

/**
 * Reads OTLP files into log records, in the order given: a file is one record, a JSON-lines file one a line. `-` is
 * standard input.
 * @throws UnreadableOtlpFile
 */
export async function readOtlpFiles(files: readonly string[]): Promise<readonly OtlpFileRecord[]> {
  const records: OtlpFileRecord[] = []
  for (const file of files) {
    const parts = recordsIn(file, unpacked(file, await contentOf(file)))
    const ends = parts.flatMap(({ value }) => latestSpanEnd(value) ?? [])
    const timestampMs = latest(ends) ?? ARRIVAL_WITHOUT_SPANS
    for (const part of parts) records.push({ file, ...part, timestampMs })
  }
  return records
}

async function contentOf(file: string): Promise<Uint8Array> {
  try {
    return file === STANDARD_INPUT ? await standardInput() : await readFile(file)
  } catch (error) {
    if (error instanceof UnreadableOtlpFile) throw error
    throw new UnreadableOtlpFile(file, WHY[codeOf(error)] ?? codeOf(error), error)
  }
}

async function standardInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of process.stdin) {
    bytes += chunk.length
    if (bytes > FILE_BYTES_MAX) throw new UnreadableOtlpFile(STANDARD_INPUT, TOO_LARGE)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Gunzips what starts like gzip (RFC 1952); what does not unpack stays as it is, and will be a dead letter. */
function unpacked(file: string, content: Uint8Array): Uint8Array {
  if (content.length > FILE_BYTES_MAX) throw new UnreadableOtlpFile(file, TOO_LARGE)
  if (content[0] !== 0x1f || content[1] !== 0x8b) return content
  try {
    return gunzipSync(content, { maxOutputLength: FILE_BYTES_MAX })
  } catch (error) {
    if (codeOf(error) !== 'ERR_BUFFER_TOO_LARGE') return content
    throw new UnreadableOtlpFile(file, TOO_LARGE, error)
  }
}

function codeOf(error: unknown): string {
  return isObject(error) && typeof error.code === 'string' ? error.code : 'it cannot be opened'
}

type Part = Pick<OtlpFileRecord, 'line' | 'value'>

/**
 * Cuts a file into records. A file is JSON lines if its name says so or its first line is an object by itself; anything
 * else (one JSON document, protobuf, neither) is one record, and a blank file an empty one, which OTLP allows.
 */
function recordsIn(file: string, content: Uint8Array): readonly Part[] {
  if (content.every(isWhite)) return [{ line: undefined, value: new Uint8Array() }]
  const whole = [{ line: undefined, value: content }]
  if (parseJson(content) !== undefined) return whole
  const lines = linesOf(content)
  const first = lines[0]
  const namedLines = /\.(jsonl|ndjson)(\.gz)?$/i.test(file)
  return namedLines || (first !== undefined && isObject(parseJson(first.value))) ? lines : whole
}

/** Lines that are not blank, cut at the byte so that a broken line stays as it is. */
function linesOf(content: Uint8Array): readonly Part[] {
  const lines: Part[] = []
  let from = 0
  for (let line = 1; from < content.length; line++) {
    const newline = content.indexOf(0x0a, from)
    const until = newline === -1 ? content.length : newline
    const value = content.subarray(from, until)
    if (!value.every(isWhite)) lines.push({ line, value })
    from = until + 1
  }
  return lines
}

/** JSON's white space (RFC 8259). */
const isWhite = (byte: number): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d
