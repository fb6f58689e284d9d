import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeProject, type Project } from './project.ts'

let project: Project

beforeAll(async () => {
  project = await makeProject({ types: true })
})
afterAll(() => project?.remove())

/** What docs/edge.md says to write, in TypeScript. */
const SOURCE = `
import { costExporter, costProcessor, edge } from '@tollgate/edge'
import { tollgate as forExpress } from '@tollgate/edge/express'
import { tollgate as forFastify } from '@tollgate/edge/fastify'
import { tollgate as forHono } from '@tollgate/edge/hono'
import { tollgate as forHttp } from '@tollgate/edge/http'
import { tollgate as forMiddy } from '@tollgate/edge/middy'
import { createServer } from 'node:http'
import middy from '@middy/core'
import { BatchSpanProcessor, InMemorySpanExporter, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'

const batch = new BatchSpanProcessor(costExporter(new InMemorySpanExporter()))
new NodeTracerProvider({ spanProcessors: [costProcessor({ service: 'orders' }), batch] })
express().use(forExpress())
fastify().register(forFastify)
fastify().register(forFastify, { service: 'orders' })
new Hono().use(forHono())
createServer(forHttp((_, response) => response.end()))
export const handler = middy<{ id: string }>().use(forMiddy()).handler(async (event: { id: string }) => event.id)
edge().wake()
`

describe('the types of @tollgate/edge', () => {
  it.each(['mts', 'cts'])('fit those of the frameworks in a strict .%s file', async (extension) => {
    const path = join(project.folder, `typed.${extension}`)
    writeFileSync(path, SOURCE)
    const tsc = join(project.folder, 'node_modules', 'typescript', 'bin', 'tsc')
    const flags = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--types',
      'node',
    ]
    const checked = promisify(execFile)(process.execPath, [tsc, ...flags, path], { cwd: project.folder })
    expect(await checked.catch(({ stdout }) => ({ stdout }))).toMatchObject({ stdout: '' })
  })
})
