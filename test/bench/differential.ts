import { compareRandomly } from '../layers/core/fast-fold/compared-folds.ts'

/** Compares folding from the bytes with the plain path on a million random spans: `node test/bench/differential.ts [spans] [seed]`. */
const spans = Number(process.argv[2] ?? 1_000_000)
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31)
process.stdout.write(`seed ${seed}\n`)
process.stdout.write(`${compareRandomly(seed, spans)} spans: no difference\n`)
