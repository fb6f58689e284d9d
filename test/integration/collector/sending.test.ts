import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { smokeSpan } from '../../../cli/smoke/smoke-span.ts'
import { parseUsd } from '../../../layers/core/money/picodollars.ts'
import { decodeRecord } from '../../../layers/core/otlp/decode-record.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { systemClock } from '../../../local/clock.ts'
import { startOtlpReceiver } from '../../../local/otlp-receiver.ts'
import { collectorProgram, validateCollector } from '../engines/collector.ts'
import { startEngine } from '../engines/engine-process.ts'
import { freePort } from '../engines/free-port.ts'
import { untilListening } from '../engines/until-listening.ts'

/** Modules are fetched and the Collector is built where the cache holds none. */
const BUILD_MS = 900_000

const pathOf = (file: string): string => fileURLToPath(new URL(`../../../deploy/${file}`, import.meta.url))
const shipped = (file: string): string => readFileSync(pathOf(file), 'utf8')
/** The file that a path or a parameter's name ends in. */
const fileOf = (name: string): string => name.split('/').at(-1) ?? name

interface TaskDefinition {
  readonly containerDefinitions: readonly {
    readonly image: string
    readonly command: readonly string[]
    readonly environment: readonly { readonly name: string; readonly value: string }[]
    readonly secrets: readonly { readonly name: string; readonly valueFrom: string }[]
  }[]
}

/** Each way to run the Collector: the configurations that it starts with, and the variables that it sets. */
function eks() {
  const text = shipped('eks.yaml')
  return {
    configurations: [...text.matchAll(/--config=(\S+)/g)].map(([, path = '']) => pathOf(fileOf(path))),
    variables: [...text.matchAll(/^ +- name: ([A-Z_]+)$/gm)].map(([, name = '']) => name),
    content: {},
  }
}
function ecs() {
  const [container] = (JSON.parse(shipped('ecs-task.json')) as TaskDefinition).containerDefinitions
  if (container === undefined) throw new Error('the task runs no container')
  return {
    configurations: container.command.map((argument) => argument.replace('--config=', '')),
    variables: container.environment.map(({ name }) => name),
    content: Object.fromEntries(container.secrets.map(({ name, valueFrom }) => [name, shipped(fileOf(valueFrom))])),
  }
}
function ec2() {
  const text = shipped('tollgate-collector.service')
  const [, command = ''] = /^ExecStart=(.*)$/m.exec(text) ?? []
  return {
    configurations: [...command.matchAll(/--config=(\S+)/g)].map(([, path = '']) => pathOf(fileOf(path))),
    variables: [...text.matchAll(/([A-Z_]+)=(?=\S)/g)].map(([, name = '']) => name),
    content: {},
  }
}
const scram = () => ({
  configurations: [pathOf('collector.yaml'), pathOf('msk-scram.yaml')],
  variables: ['KAFKA_USERNAME', 'KAFKA_PASSWORD'],
  content: {},
})
const lambda = () => ({
  configurations: [pathOf('lambda-collector.yaml')],
  variables: ['TOLLGATE_COLLECTOR'],
  content: {},
})

const VALUES: Readonly<Record<string, string>> = {
  TOLLGATE_COLLECTOR: 'http://collector.internal:4318',
  AWS_REGION: 'us-east-1',
  KAFKA_BROKERS: 'b-1.example:9098,b-2.example:9098',
}

/** The variables that a configuration cannot do without. */
const needed = (text: string): readonly string[] => [...text.matchAll(/\$\{env:(\w+)\}/g)].map(([, name = '']) => name)

describe('getting spans there', () => {
  beforeAll(async () => void (await collectorProgram()), BUILD_MS)

  it.each([
    ['EKS', eks],
    ['ECS', ecs],
    ['EC2', ec2],
    ['other clouds, by SCRAM', scram],
    ['Lambda, by an extension', lambda],
  ])(
    'from %s the Collector takes the configuration as it is shipped, with the variables that are set',
    async (_, way) => {
      const { configurations, variables, content } = way()
      expect(configurations.length).toBeGreaterThan(0)
      const set = Object.fromEntries(variables.map((name) => [name, VALUES[name] ?? 'some-value']))
      await validateCollector(configurations, { ...set, ...content })
      const texts = [
        ...configurations.filter((one) => !one.startsWith('env:')).map((path) => readFileSync(path, 'utf8')),
      ]
      for (const name of needed([...texts, ...Object.values(content)].join('\n'))) expect(variables).toContain(name)
    },
  )

  it('from Lambda the extension hands the spans of a function on', async () => {
    const received: Uint8Array[] = []
    const there = await startOtlpReceiver({
      log: { append: async (value) => ({ partition: 0, offset: received.push(value) - 1 }) },
      clock: systemClock(),
      decode: (value, receivedAt) => decodeRecord(value, receivedAt, parseUsd('0')),
    })
    const port = await freePort()
    const here = [
      `yaml:receivers::otlp::protocols::http::endpoint: 127.0.0.1:${port}`,
      `yaml:receivers::otlp::protocols::grpc::endpoint: 127.0.0.1:${await freePort()}`,
      // Its own metrics would take a port that another one may have.
      'yaml:service::telemetry::metrics::level: none',
    ]
    const args = [pathOf('lambda-collector.yaml'), ...here].map((one) => `--config=${one}`)
    const environment = { TOLLGATE_COLLECTOR: there.url }
    const extension = await startEngine(await collectorProgram(), args, { ready: /Everything is ready/, environment })
    try {
      await untilListening(port)
      const body = smokeSpan('a1b2c3d', { trace: 'a'.repeat(32), span: 'b'.repeat(16) }, Date.now())
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`http://127.0.0.1:${port}/v1/traces`, { method: 'POST', headers, body })
      expect(answer.status).toBe(200)
      // Nothing is queued: what was answered has gone.
      const spans = received.flatMap((value) => decodeRecord(value, Date.now() as EpochMs, parseUsd('0')).spans)
      expect(spans.map(({ traceId }) => traceId)).toEqual(['a'.repeat(32)])
    } finally {
      await extension.terminate()
      await there.close()
    }
  })

  it('is checked by a validation that can fail', async () => {
    await expect(validateCollector([pathOf('collector.yaml'), 'yaml:exporters::kafka::tsl: 1'], {})).rejects.toThrow()
  })

  it('runs everywhere the version that all this is checked with', () => {
    const [, version] = /^ {2}version: (\S+)$/m.exec(shipped('collector-builder.yaml')) ?? []
    const images = `${shipped('eks.yaml')}${shipped('ecs-task.json')}`.match(/opentelemetry-collector-contrib:[\w.]+/g)
    expect(images).toEqual([`opentelemetry-collector-contrib:${version}`, `opentelemetry-collector-contrib:${version}`])
  })

  it('lets the Collector write into its topic, and nothing else', () => {
    const { Statement } = JSON.parse(shipped('msk-policy.json')) as {
      Statement: { Action: string[]; Resource: string }[]
    }
    expect(Statement.map(({ Action, Resource }) => [Action, Resource.split(':').at(-1)])).toEqual([
      [['kafka-cluster:Connect', 'kafka-cluster:WriteDataIdempotently'], 'cluster/CLUSTER/UUID'],
      [['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'], 'topic/CLUSTER/UUID/otel-cost-spans'],
    ])
  })
})
