import { describe, expect, it } from 'vitest'
import { linesWith, type Source, sources, withoutCommentsAndStrings } from './sources.ts'

const core = sources(['layers/core'], '.ts')
const runs = sources(
  ['layers', 'functions', 'infra', 'local', 'cli', 'scripts', 'deploy'],
  '.ts',
  '.yaml',
  '.conf',
  '.json',
)
const typescript = sources(['layers', 'functions', 'infra', 'local', 'cli', 'scripts'], '.ts')
const documents = sources(['docs', 'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'], '.md')

/** Rules of core, each with a line that breaks it. */
const PURITY: readonly (readonly [rule: string, pattern: RegExp, breaks: string])[] = [
  [
    'reads no clock',
    /\bDate\.now\b|\bperformance\.|\bnew Date\(\s*\)|(?<!new )\bDate\(\s*\)|\bTemporal\.Now\b/,
    'const at = Date.now()',
  ],
  ['draws no random numbers', /\bMath\.random\b|\bcrypto\b|\brandomUUID\b/, 'Math.random() < share'],
  ['reads no environment', /\bprocess\b|\bglobalThis\b/, 'process.env.REGION'],
  ['does no I/O and sets no timers', /\bfetch\(|\bset(Timeout|Interval|Immediate)\b|\bconsole\./, 'console.log(cost)'],
  ['makes no float of an amount', /\bparseFloat\b|\.toFixed\b|\.toPrecision\b/, 'cost.toFixed(2)'],
  ['has no any', /(?:[:<,|&]|\bas|=>)\s*any\b/, 'const cost: any = 5'],
]

describe('layers/core', () => {
  it('is there to be read', () => {
    expect(core.length).toBeGreaterThan(10)
  })

  it.each(PURITY)('%s', (_, pattern) => {
    expect(linesWith(core, pattern)).toEqual([])
  })

  it.each(PURITY)('would be caught if it did not: %s', (_, pattern, breaks) => {
    const broken: Source = { path: 'broken.ts', text: breaks, code: withoutCommentsAndStrings(breaks) }
    expect(linesWith([broken], pattern)).toHaveLength(1)
  })

  it('imports itself and zod', () => {
    const outside = core.flatMap(({ path, text }) =>
      [...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '([^']+)'/gm)]
        .map(([, from]) => from ?? '')
        .filter((from) => from !== 'zod' && !staysInCore(path, from))
        .map((from) => `${path}: ${from}`),
    )
    expect(outside).toEqual([])
  })
})

const staysInCore = (path: string, from: string): boolean =>
  from.startsWith('.') && new URL(from, `file:///${path}`).pathname.startsWith('/layers/core/')

describe('the house', () => {
  it('has no any, no enum, no @ts- comment and no unexplained silence of the linter', () => {
    expect(linesWith(typescript, /(?:[:<,|&]|\bas|=>)\s*any\b|^\s*(?:export )?(?:const )?enum\b/)).toEqual([])
    expect(linesWith(typescript, /@ts-(ignore|expect-error|nocheck)|biome-ignore [^:]+$/, 'text')).toEqual([])
  })

  it('names nothing outside the repository, neither in what runs nor in its documents', () => {
    expect(linesWith([...runs, ...documents], /\.\.\/shared\b|\/work\/|\/tmp\/briefs/, 'text')).toEqual([])
  })

  it('imports with .ts endings, as Node runs the files themselves', () => {
    expect(linesWith(typescript, /\bfrom '\.{1,2}\/[^']*(?<!\.ts|\.json)'/, 'text')).toEqual([])
  })

  it('has no barrels and no files for leftovers', () => {
    const names = typescript.map(({ path }) => path)
    expect(names.filter((path) => /(^|\/)(index|utils?|helpers?|common|misc|shared)\.ts$/.test(path))).toEqual([])
  })
})
