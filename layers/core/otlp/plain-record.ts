import { cleanName } from '../identity/clean-name.ts'
import { cleanCommit } from '../identity/commit.ts'
import { SERVICE_MAX } from '../identity/service.ts'
import { NotADecimal, type Picodollars, parseUsd } from '../money/picodollars.ts'
import type { EpochMs } from '../time/instants.ts'
import type { JsonObject } from './json-fields.ts'
import { TEXT_MAX } from './limits.ts'
import { Refused } from './refused.ts'
import type { PlainRecord } from './span.ts'
import { isEpochMs, isNear } from './span-fields.ts'

/** A trace id is an identifier here, never a key: W3C's has 32 characters, others some more. */
const TRACE_ID_MAX = 128

/** A plain record's time lies above, so that 10^12 itself, most often a placeholder, is none. */
const TIME_ABOVE_MS = 1e12

/** Does this JSON object mean to be a plain record? It need not be a good one. */
export const isPlainRecord = (root: JsonObject): boolean =>
  root.cost_amount !== undefined || (typeof root.trace_id === 'string' && typeof root.service === 'string')

/**
 * Reads `{trace_id, service, operation, cost_amount, timestamp}` and, optionally, `commit`. `cost_amount`: USD, a number or
 * a decimal string; `timestamp`: epoch milliseconds.
 * @throws Refused (`invalid_record`, `invalid_cost`, `impossible_time`)
 */
export function readPlainRecord(root: JsonObject, recordTimestamp: EpochMs, maxDeclared: Picodollars): PlainRecord {
  const { service, operation } = root
  if (typeof service !== 'string' || service === '') throw new Refused('invalid_record', 'service is not a text')
  if (typeof operation !== 'string' || operation === '') throw new Refused('invalid_record', 'operation is not a text')
  return {
    traceId: optionalText(root, 'trace_id').slice(0, TRACE_ID_MAX),
    service: cleanName(service, SERVICE_MAX),
    commit: cleanCommit(optionalText(root, 'commit')),
    operation: operation.slice(0, TEXT_MAX),
    declared: readCost(root.cost_amount, maxDeclared),
    endMs: readTime(root.timestamp, recordTimestamp),
  }
}

function optionalText(root: JsonObject, name: string): string {
  const value = root[name] ?? ''
  if (typeof value !== 'string') throw new Refused('invalid_record', `${name} is not a text`)
  return value
}

/** The amount exactly as its shortest decimal text says. */
function readCost(value: unknown, maxDeclared: Picodollars): Picodollars {
  const declared = parsed(typeof value === 'number' ? String(value) : value)
  if (declared === undefined) throw new Refused('invalid_cost', 'cost_amount is not a decimal number of USD')
  if (declared < 0n) throw new Refused('invalid_cost', 'cost_amount is negative')
  if (declared > maxDeclared) throw new Refused('invalid_cost', 'cost_amount is above rating.maxDeclaredUsd')
  return declared
}

function parsed(text: unknown): Picodollars | undefined {
  if (typeof text !== 'string') return undefined
  try {
    return parseUsd(text)
  } catch (error) {
    if (error instanceof NotADecimal) return undefined
    throw error
  }
}

function readTime(value: unknown, recordTimestamp: EpochMs): EpochMs {
  if (typeof value !== 'number' || !Number.isInteger(value) || value <= TIME_ABOVE_MS || !isEpochMs(value)) {
    throw new Refused('impossible_time', 'timestamp is not an integer of epoch milliseconds')
  }
  if (!isNear(value, recordTimestamp)) {
    throw new Refused('impossible_time', "timestamp is 5 minutes ahead of the record's own, or 7 days behind it")
  }
  return value as EpochMs
}
