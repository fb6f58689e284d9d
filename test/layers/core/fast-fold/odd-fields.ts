import type { Arrange, WrittenField } from '../otlp/written-request.ts'
import { chance, integer, type Random } from './random-request.ts'

const END = 8
const STATUS = 15
const FLAGS = 16

/**
 * Spans whose fields no encoder would write so, and which a decoder has to take all the same: counts of dropped things in varints that are
 * too long and whose bytes look like other fields, attributes of no more than two bytes, fields twice, spans that end early. Their
 * other fields are few, so that they are taken for the spans that are read wrongly.
 */
export const oddFields =
  (random: Random): Arrange =>
  (fields) => {
    if (!fields.some(({ field }) => field === END)) return fields
    const kept = fields.filter(({ field }) => (field !== FLAGS && field !== STATUS) || chance(random, 0.6))
    if (chance(random, 0.5)) kept.push(oddField(random))
    if (chance(random, 0.2)) kept.splice(integer(random, kept.length), 0, oddField(random))
    if (chance(random, 0.2)) kept.push(...fields.filter(({ field }) => field === integer(random, FLAGS + 1)))
    return kept
  }

function oddField(random: Random): WrittenField {
  switch (integer(random, 6)) {
    case 0:
    case 1:
      return raw([[80, 96, 112][integer(random, 3)] as number, ...oddVarint(random)])
    case 2:
      return raw([0x4a, ...([[0], [1, 10], [2, 10, 0], [3, 10, 1, 97], [2, 18, 0]][integer(random, 5)] as number[])])
    case 3:
      return raw([
        0x7a,
        ...([[0], [2, 24, 2], [2, 24, 0], [4, 18, 0, 24, 2], [3, 24, 0x82, 1]][integer(random, 5)] as number[]),
      ])
    case 4:
      return raw([
        [90, 106][integer(random, 2)] as number,
        ...([[0], [3, 48, 3, 48], [0x81, 0, 1]][integer(random, 3)] as number[]),
      ])
    default:
      return raw([0xf8, 0x01, ...oddVarint(random)])
  }
}

/** Of one to eleven bytes; what follows the first five would be a kind, a status or flags. */
function oddVarint(random: Random): number[] {
  const looksLike = [[0x85, 1], [0xfa, 0], [0xb0, 3], [0x30], [0x7a], []][integer(random, 6)] as number[]
  const before = Array.from({ length: integer(random, 8) }, () => 0x80 | integer(random, 128))
  return [
    ...before,
    ...looksLike,
    ...((looksLike.at(-1) ?? 0x80) < 0x80 ? [] : [integer(random, 128)]),
    ...(chance(random, 0.5) ? [0x30, 3, 0x30, 3] : []),
  ]
}

const raw = (bytes: readonly number[]): WrittenField => ({ field: 0, bytes: Buffer.from(bytes) })
