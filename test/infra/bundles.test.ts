import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { resourcesOf, synthesize } from './synthesized.ts'

/** Bytes of a function's code. A cold start reads all of it; most of it is the SDK, Powertools and zod. */
const CODE_MAX = 1_000_000

const { code, assets } = synthesize({}, true)
const functions = Object.values(resourcesOf(code, 'AWS::Lambda::Function'))
  .map(({ Properties }) => Properties)
  .filter((lambda) => lambda.FunctionName !== undefined)
const layer = Object.values(resourcesOf(code, 'AWS::Lambda::LayerVersion'))[0]?.Properties
const folderOf = (s3Key: string): string => `${assets}/asset.${s3Key.split('.')[0]}`
const configuration = `${folderOf(layer?.Content.S3Key)}/tollgate/configuration.json`
const named = functions.map((lambda): [name: string, folder: string] => [
  lambda.FunctionName,
  folderOf(lambda.Code.S3Key),
])

/** A function's variables, as its stack gives them; what only a deploy knows has some text. */
const variablesOf = (lambda: (typeof functions)[number]): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(lambda.Environment.Variables).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : 'made-by-the-stack',
    ]),
  ),
  TOLLGATE_CONFIGURATION_FILE: configuration,
  AWS_REGION: 'eu-west-1',
})

/** What the Lambda runtime does first, for one function after the other: its variables, its module, its handler. */
const LOAD = `
const found = {}
for (const [name, folder, variables] of JSON.parse(process.argv[1])) {
  process.env = variables
  found[name] = typeof require(folder + '/index.js').handler
}
console.log(JSON.stringify(found))`

/** Packages that are installed for what is deployed, by the lock: those that are for development alone are left out. */
const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'))
const deployable = new Set(
  Object.entries(lock.packages as Record<string, { dev?: boolean }>)
    .filter(([path, { dev }]) => path !== '' && !dev)
    .map(([path]) => path.replace(/^.*node_modules\//, '')),
)

/** The packages whose files a bundle is made of, by its source map. */
function packagesIn(folder: string): readonly string[] {
  const { sources } = JSON.parse(readFileSync(`${folder}/index.js.map`, 'utf8')) as { sources: string[] }
  const packages = sources.flatMap((source) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? [])
  return [...new Set(packages)].sort()
}

afterAll(() => {
  const sizes = named.map(([name, folder]) => `${name} ${Math.ceil(statSync(`${folder}/index.js`).size / 1000)}`)
  console.log(`bundles, kB of at most ${CODE_MAX / 1000}: ${sizes.join(', ')}`)
})

describe('the bundle of', () => {
  it.each(named)('%s is code, map and nothing else, within its budget', (_, folder) => {
    expect(readdirSync(folder).sort()).toEqual(['index.js', 'index.js.map'])
    expect(statSync(`${folder}/index.js`).size).toBeLessThan(CODE_MAX)
  })

  it.each(named)('%s holds no package that is for development alone, and not the SDK of version 2', (_, folder) => {
    const packages = packagesIn(folder)
    expect(packages).toContain('@aws-lambda-powertools/logger')
    expect(packages.filter((name) => !deployable.has(name))).toEqual([])
    expect(packages).not.toContain('aws-sdk')
  })

  it('each loads with the variables and the layer of its stack, without node_modules', () => {
    const given = functions.map((lambda) => [lambda.FunctionName, folderOf(lambda.Code.S3Key), variablesOf(lambda)])
    const node = ['-e', LOAD, JSON.stringify(given)]
    const { stdout, stderr } = spawnSync(process.execPath, node, { cwd: assets, env: {}, encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual(Object.fromEntries(named.map(([name]) => [name, 'function'])))
  })

  it('names the line of the source where it fails, not that of the bundle', () => {
    const [lambda] = functions
    const { TOLLGATE_CONFIGURATION_FILE: _, ...variables } = variablesOf(lambda)
    const { stderr } = spawnSync(process.execPath, [`${folderOf(lambda.Code.S3Key)}/index.js`], {
      env: variables,
      encoding: 'utf8',
    })
    expect(stderr).toMatch(
      /MissingEnvironment: TOLLGATE_CONFIGURATION_FILE is not set\n +at readConfiguration .*layers\/adapters\/environment\.ts:\d+/,
    )
  })
})

describe('the edge layer', () => {
  it('holds a wrapper that can be run, and the modules that it starts', () => {
    const edge = Object.values(resourcesOf(code, 'AWS::Lambda::LayerVersion'))
      .map(({ Properties }) => Properties)
      .find(({ LayerName }) => LayerName === 'tollgate-edge')
    const folder = folderOf(edge.Content.S3Key)
    expect(statSync(`${folder}/tollgate-edge`).mode & 0o111).toBe(0o111)
    expect(readdirSync(`${folder}/tollgate`)).toEqual(expect.arrayContaining(['lambda.mjs', 'register.mjs']))
    // A layer is handed to other accounts: the licences of what is in it go along.
    const notices = readFileSync(`${folder}/tollgate/THIRD-PARTY-NOTICES.txt`, 'utf8')
    for (const name of ['@opentelemetry/core', '@opentelemetry/sdk-trace', 'zod'])
      expect(notices).toContain(`\n${name}@`)
  })
})
