import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { InitFailed, type LambdaEnvironment, type LambdaFunction, startLambda } from './lambda-runtime.ts'

const folders: string[] = []
const environments: LambdaEnvironment[] = []

afterEach(async () => {
  for (const environment of environments.splice(0)) await environment.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-lambda-'))
  folders.push(folder)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
    if (text.startsWith('#!')) chmodSync(join(folder, path), 0o755)
  }
  return folder
}

async function start(
  files: Readonly<Record<string, string>>,
  settings: Partial<LambdaFunction> = {},
): Promise<LambdaEnvironment> {
  const code = folderOf(files)
  const environment = await startLambda({
    name: 'tried',
    code,
    handler: 'index.handler',
    memoryMib: 256,
    timeoutMs: 5_000,
    ...settings,
  })
  environments.push(environment)
  return environment
}

describe('an execution environment', () => {
  it('calls an ES module with the event and the context of the Node runtime', async () => {
    const lambda = await start({
      'index.mjs':
        'export const handler = async (event, context) => ({ twice: event.n * 2, left: context.getRemainingTimeInMillis(), arn: context.invokedFunctionArn, trace: process.env._X_AMZN_TRACE_ID })',
    })
    const invocation = await lambda.invoke({ n: 21 }, { traceId: 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1' })
    expect(invocation).toMatchObject({
      ok: true,
      answer: {
        twice: 42,
        arn: 'arn:aws:lambda:us-east-1:000000000000:function:tried',
        trace: 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1',
      },
    })
    expect(invocation.ok && (invocation.answer as { left: number }).left).toBeGreaterThan(4_000)
  })

  it('calls a CommonJS module', async () => {
    const lambda = await start({ 'index.js': 'exports.handler = async () => "common"' })
    expect(await lambda.invoke({})).toMatchObject({ ok: true, answer: 'common' })
  })

  it('keeps what a module holds, and stands still between two invocations', async () => {
    const lambda = await start({
      'index.mjs':
        'let ticks = 0; setInterval(() => ticks++, 5).unref(); export const handler = async () => { await new Promise((done) => setTimeout(done, 60)); return ticks }',
    })
    const first = await lambda.invoke({})
    await pause(600)
    const second = await lambda.invoke({})
    if (!first.ok || !second.ok) throw new Error('an invocation failed')
    // 600 ms are 120 ticks of a process that runs.
    expect(Number(second.answer) - Number(first.answer)).toBeLessThan(60)
    expect(Number(second.answer)).toBeGreaterThan(Number(first.answer))
  })

  it('hands over an error with its type and the stack', async () => {
    const lambda = await start({
      'index.mjs': 'export const handler = async () => { throw new RangeError("out of range") }',
    })
    const invocation = await lambda.invoke({})
    expect(invocation).toMatchObject({ ok: false, error: { errorType: 'RangeError', errorMessage: 'out of range' } })
    expect(await lambda.invoke({})).toMatchObject({ ok: false })
  })

  it('is not started where the handler cannot be loaded', async () => {
    await expect(start({ 'index.mjs': 'throw new Error("no table")' })).rejects.toThrow(/no table/)
    await expect(start({ 'index.mjs': 'export const other = 1' })).rejects.toThrow(InitFailed)
    await expect(start({ 'index.mjs': 'export const handler = (event, context, done) => done()' })).rejects.toThrow(
      InitFailed,
    )
  })

  it('ends a function whose time is over, and starts it anew for the next event', async () => {
    const lambda = await start(
      {
        'index.mjs':
          'export const handler = async ({ ms }) => { await new Promise((done) => setTimeout(done, ms)); return process.pid }',
      },
      { timeoutMs: 300 },
    )
    const pid = lambda.pid()
    expect(await lambda.invoke({ ms: 10_000 })).toMatchObject({ ok: false, error: { errorType: 'Sandbox.Timedout' } })
    expect(await lambda.invoke({ ms: 1 })).toMatchObject({ ok: true })
    expect(lambda.pid()).not.toBe(pid)
  })

  it('says that a function exited, and starts it anew for the next event', async () => {
    const lambda = await start({
      'index.mjs': 'export const handler = async ({ exits }) => { if (exits) process.exit(3); return "stays" }',
    })
    expect(await lambda.invoke({ exits: true })).toMatchObject({
      ok: false,
      error: { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('exit status 3') },
    })
    expect(await lambda.invoke({})).toMatchObject({ ok: true, answer: 'stays' })
  })

  it('has its layers under /opt, and starts by the exec wrapper that they bring', async () => {
    const layer = folderOf({
      wrapper: '#!/bin/sh\nexport FROM_WRAPPER=yes\nexec "$@"\n',
      'nodejs/node_modules/shared/index.js': 'module.exports = "a layer"',
      'settings/file.txt': 'set',
    })
    const lambda = await start(
      {
        'index.js':
          'const fs = require("fs"); exports.handler = async () => [process.env.FROM_WRAPPER, require("shared"), fs.readFileSync(process.env.SETTINGS, "utf8")]',
      },
      {
        layers: [layer],
        environment: { AWS_LAMBDA_EXEC_WRAPPER: '/opt/wrapper', SETTINGS: '/opt/settings/file.txt' },
      },
    )
    expect(await lambda.invoke({})).toMatchObject({ ok: true, answer: ['yes', 'a layer', 'set'] })
  })

  it('says how long it took to start and how much memory it holds', async () => {
    const lambda = await start({
      'index.mjs': 'console.log("started"); export const handler = async () => console.error("called")',
    })
    await lambda.invoke({})
    expect(lambda.initMs()).toBeGreaterThan(10)
    expect(lambda.peakMemoryMib()).toBeGreaterThan(20)
    expect(lambda.log()).toMatch(/started[\s\S]*called/)
  })
})
