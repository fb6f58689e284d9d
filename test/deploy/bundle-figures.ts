import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LambdaFunction, startLambda } from '../integration/engines/lambda-runtime.ts'
import { readTemplates } from './cloud-assembly.ts'

/** A function of a cloud assembly as the Lambda runtime is told of it. */
export interface Bundle extends LambdaFunction {
  /** Of its code. */
  readonly bytes: number
}

/** What a bundle takes, beside a function that does nothing, started in turn with it. */
export interface BundleFigures {
  readonly name: string
  readonly bytes: number
  /** Median of initializations, times the other's. */
  readonly coldStart: number
  readonly peakMib: number
  /** Times the other's. */
  readonly memory: number
}

/** The memory that every function is tried with, whatever its own is. */
const MEMORY_MIB = 512

interface Asset {
  readonly S3Key?: string
}

interface FunctionProperties {
  readonly FunctionName?: string
  readonly Handler: string
  readonly Code: Asset
  readonly Layers?: readonly { readonly Ref: string }[]
  readonly Environment?: { readonly Variables: Readonly<Record<string, unknown>> }
}

/** The functions of an assembly that have a name: all but the CDK's own providers. Names from other stacks are made up. */
export function bundlesOf(assembly: string): readonly Bundle[] {
  const resources = readTemplates(assembly)['Code.template.json']?.Resources ?? {}
  const folderOf = (key: string): string => join(assembly, `asset.${key.split('.')[0]}`)
  const layerOf = (id: string): string => {
    const { Properties } = resources[id] as unknown as { readonly Properties: { readonly Content: Asset } }
    return folderOf(Properties.Content.S3Key ?? '')
  }
  return Object.values(resources)
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map((lambda) => (lambda as unknown as { readonly Properties: FunctionProperties }).Properties)
    .flatMap(({ FunctionName, Handler, Code, Environment, Layers }) => {
      if (FunctionName === undefined || Code.S3Key === undefined) return []
      const code = folderOf(Code.S3Key)
      return [
        {
          ...{ name: FunctionName, code, handler: Handler, memoryMib: MEMORY_MIB, timeoutMs: 20_000 },
          layers: (Layers ?? []).map(({ Ref }) => layerOf(Ref)),
          environment: Object.fromEntries(
            Object.entries(Environment?.Variables ?? {}).map(([name, value]) => [
              name,
              typeof value === 'string' ? value : 'made-by-the-stack',
            ]),
          ),
          bytes: statSync(join(code, 'index.js')).size,
        },
      ]
    })
}

/** Starts each bundle and a function that does nothing in turn, `rounds` times, and compares. */
export async function measureBundles(bundles: readonly Bundle[], rounds: number): Promise<readonly BundleFigures[]> {
  const code = mkdtempSync(join(tmpdir(), 'tollgate-nothing-'))
  writeFileSync(join(code, 'index.mjs'), 'export const handler = async () => null\n')
  const nothing: LambdaFunction = {
    name: 'nothing',
    code,
    handler: 'index.handler',
    memoryMib: MEMORY_MIB,
    timeoutMs: 1_000,
  }
  try {
    const figures: BundleFigures[] = []
    for (const bundle of bundles) {
      const pairs: { readonly its: Start; readonly other: Start }[] = []
      for (let round = 0; round < rounds; round++) {
        pairs.push({ its: await start(bundle), other: await start(nothing) })
      }
      const [its, other] = [pairs.map((pair) => pair.its), pairs.map((pair) => pair.other)]
      const peakMib = Math.max(...its.map(({ mib }) => mib))
      figures.push({
        ...{ name: bundle.name, bytes: bundle.bytes, peakMib },
        coldStart: median(its.map(({ ms }) => ms)) / median(other.map(({ ms }) => ms)),
        memory: peakMib / Math.max(...other.map(({ mib }) => mib)),
      })
    }
    return figures
  } finally {
    rmSync(code, { recursive: true })
  }
}

interface Start {
  readonly ms: number
  readonly mib: number
}

async function start(fn: LambdaFunction): Promise<Start> {
  const lambda = await startLambda(fn)
  const measured = { ms: lambda.initMs(), mib: lambda.peakMemoryMib() }
  await lambda.close()
  return measured
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

/** A table for people: one line a bundle. */
export const bundleTable = (figures: readonly BundleFigures[]): string =>
  [
    `${'function'.padEnd(30)}${'bundle'.padStart(10)}${'cold start'.padStart(12)}${'memory'.padStart(18)}`,
    ...figures.map(({ name, bytes, coldStart, peakMib, memory }) =>
      [
        name.padEnd(30),
        `${Math.round(bytes / 1024)} KiB`.padStart(10),
        `${coldStart.toFixed(1)} x`.padStart(12),
        `${Math.round(peakMib)} MiB, ${memory.toFixed(1)} x`.padStart(18),
      ].join(''),
    ),
  ].join('\n')
