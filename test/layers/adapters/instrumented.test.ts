import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { Tracer } from '@aws-lambda-powertools/tracer'
import type { Context } from 'aws-lambda'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { instrumented } from '../../../layers/adapters/instrumented.ts'

const CONTEXT = { functionName: 'tollgate-throttle-gate', awsRequestId: '8f507cfc' } as Context

/** A function of this telemetry, and everything that its metrics write. */
function watched(handle: (metrics: Metrics) => Promise<string>) {
  vi.stubEnv('POWERTOOLS_DEV', 'true') // else metrics pass the console by; but it disables them
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false')
  const written: string[] = []
  const write = (line: string) => void written.push(line)
  vi.spyOn(console, 'log').mockImplementation(write)
  const metrics = new Metrics({
    namespace: 'tollgate',
    serviceName: 'throttle-gate',
    logger: { debug: write, info: write, warn: write, error: write },
  })
  const telemetry = { logger: new Logger(), metrics, tracer: new Tracer({ enabled: false }) }
  return { call: () => instrumented(telemetry, () => handle(metrics))({}, CONTEXT), written }
}

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

describe('an instrumented function', () => {
  it('publishes what was counted, once', async () => {
    const { call, written } = watched(async (metrics) => {
      metrics.addMetric('unreadable_flags', MetricUnit.Count, 3)
      return 'answer'
    })
    expect(await call()).toBe('answer')
    expect(written.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ service: 'throttle-gate', unreadable_flags: 3 }),
    ])
  })

  it('publishes what was counted before it failed, and fails', async () => {
    const { call, written } = watched(async (metrics) => {
      metrics.addMetric('flags_out_of_reach', MetricUnit.Count, 1)
      throw new Error('no flags')
    })
    await expect(call()).rejects.toThrow('no flags')
    expect(written.map((line) => JSON.parse(line))).toEqual([expect.objectContaining({ flags_out_of_reach: 1 })])
  })

  it('writes nothing where nothing was counted', async () => {
    const { call, written } = watched(async () => 'answer')
    await call()
    expect(written).toEqual([])
  })
})
