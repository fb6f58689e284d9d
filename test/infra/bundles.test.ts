import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { resourcesOf, synthesize } from './synthesized.ts'

/** Bytes of a function's code. A cold start reads all of it; the SDK, Powertools and zod are about 1.1 MB together. */
const CODE_MAX = 1_500_000

const { code, assets } = synthesize({}, true)
const functions = Object.values(resourcesOf(code, 'AWS::Lambda::Function'))
  .map(({ Properties }) => Properties)
  .filter((lambda) => lambda.FunctionName !== undefined)
const layer = Object.values(resourcesOf(code, 'AWS::Lambda::LayerVersion'))[0]?.Properties
const folderOf = (s3Key: string): string => `${assets}/asset.${s3Key.split('.')[0]}`

/** What the Lambda runtime does first: it imports the module with the function's variables, and takes the handler. */
const LOAD = 'import(process.argv[1]).then((module) => console.log(typeof module.handler))'

describe('the bundle of', () => {
  it.each(functions.map((lambda) => [lambda.FunctionName, lambda]))(
    '%s is code, map and nothing else, within its budget',
    (_, lambda) => {
      const folder = folderOf(lambda.Code.S3Key)
      expect(readdirSync(folder).sort()).toEqual(['index.js', 'index.js.map'])
      expect(statSync(`${folder}/index.js`).size).toBeLessThan(CODE_MAX)
    },
  )

  it.each(functions.map((lambda) => [lambda.FunctionName, lambda]))(
    '%s loads with the variables and the layer of its stack, without node_modules',
    (_, lambda) => {
      const variables = Object.entries(lambda.Environment.Variables).map(([name, value]): [string, string] => [
        name,
        typeof value === 'string' ? value : 'made-by-the-stack',
      ])
      const configuration = `${folderOf(layer?.Content.S3Key)}/tollgate/configuration.json`
      const { stdout, stderr } = spawnSync(process.execPath, ['-e', LOAD, `${folderOf(lambda.Code.S3Key)}/index.js`], {
        env: { ...Object.fromEntries(variables), TOLLGATE_CONFIGURATION_FILE: configuration, AWS_REGION: 'eu-west-1' },
        encoding: 'utf8',
      })
      expect(stderr).toBe('')
      expect(stdout.trim()).toBe('function')
    },
  )
})
