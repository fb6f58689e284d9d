import { explainRecord } from '../../layers/core/explain/explain-record.ts'
import type { Explained } from '../../layers/core/explain/explained.ts'
import { decodeRecord } from '../../layers/core/otlp/decode-record.ts'
import { readOtlpFiles } from '../demo/otlp-files.ts'
import type { Offline } from '../offline/offline-options.ts'

/** An explained span, and the file (and line of JSON lines) that it came from: `spans.jsonl:3`. */
export interface ExplainedOfFile extends Explained {
  readonly from: string
}

/**
 * Explains all spans of OTLP files, as if each file had arrived when its latest span ended.
 * @throws UnreadableOtlpFile
 */
export async function explainFiles(
  files: readonly string[],
  { context, book }: Pick<Offline, 'context' | 'book'>,
): Promise<readonly ExplainedOfFile[]> {
  const records = await readOtlpFiles(files)
  return records.flatMap(({ file, line, value, timestampMs }) => {
    const from = line === undefined ? file : `${file}:${line}`
    const decoded = decodeRecord(value, timestampMs, context.maxDeclared)
    return explainRecord(decoded, context, book, timestampMs).map((explained) => ({ ...explained, from }))
  })
}
