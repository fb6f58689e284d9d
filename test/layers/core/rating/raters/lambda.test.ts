import { describe, expect, it } from 'vitest'
import type { Attributes } from '../../../../../layers/core/otlp/span.ts'
import { rateSpan } from '../../../../../layers/core/rating/rate-span.ts'
import { contextOf } from '../context.ts'
import { spanWith } from '../spans.ts'

const MB = 1_048_576
const FUNCTION = { 'cloud.platform': 'aws_lambda', 'cloud.region': 'us-east-1' }
const invocation = (resource: Attributes, durationNs: number) =>
  spanWith({}, { resource: { ...FUNCTION, ...resource }, durationNs })

describe('an invocation of a function', () => {
  // memory, architecture, duration ns -> MB-ms
  it.each([
    [128 * MB, 'amd64', 1, 'x86_64', 128],
    [128 * MB, 'x86_64', 1_000_000, 'x86_64', 128],
    [128 * MB, 'amd64', 1_000_001, 'x86_64', 256],
    [512 * MB, 'arm64', 1_000_000_000, 'arm64', 512_000],
    [1536 * MB, 'arm64', 120_000_000, 'arm64', 184_320],
    [10_240 * MB, 'aarch64', 900_000_000_000, 'arm64', 10_240 * 900_000],
    [512, 'amd64', 1_000_000, 'x86_64', 512],
    [128 * MB, 'amd64', 0, 'x86_64', 128],
  ])('of %i bytes on %s for %i ns', (memory, arch, durationNs, architecture, quantity) => {
    const rated = rateSpan(invocation({ 'faas.max_memory': memory, 'host.arch': arch }, durationNs), contextOf())
    expect(rated.usage).toEqual([
      { sku: 'aws/lambda/request@us-east-1', quantity: 1 },
      { sku: `aws/lambda/gb-second/${architecture}@us-east-1`, quantity },
    ])
    expect(rated).toMatchObject({ unmetered: [], assumed: [], uncharged: undefined })
  })

  it('reads a memory that OTEL_RESOURCE_ATTRIBUTES made a string, and nothing else that is a string', () => {
    const rated = (memory: string) =>
      rateSpan(invocation({ 'faas.max_memory': memory, 'host.arch': 'arm64' }, 1_000_000), contextOf())
    expect(rated(String(256 * MB)).usage[1]).toMatchObject({ quantity: 256 })
    for (const memory of ['256 MB', '-256', '2.56e8', '', ' 268435456']) {
      expect(rated(memory).unmetered).toContain('faas.max_memory')
    }
  })

  it('marks an architecture that was assumed, and meters none where none may be assumed', () => {
    const span = invocation({ 'faas.max_memory': 128 * MB }, 1)
    expect(rateSpan(span, contextOf()).assumed).toEqual(['lambda.architecture=x86_64'])
    expect(rateSpan(span, contextOf({ assume: { lambdaArchitecture: null } }))).toMatchObject({
      usage: [{ sku: 'aws/lambda/request@us-east-1', quantity: 1 }],
      unmetered: ['host.arch'],
    })
  })

  it.each([[undefined], [0], [-1], [Number.NaN], [64 * MB], [20_480 * MB], ['128 MB'], [1.5]])(
    'with memory %s is metered by its request alone',
    (memory) => {
      expect(rateSpan(invocation({ 'faas.max_memory': memory }, 1), contextOf())).toMatchObject({
        usage: [{ sku: 'aws/lambda/request@us-east-1', quantity: 1 }],
        unmetered: ['faas.max_memory'],
      })
    },
  )

  it('takes what spans never say from the configuration: architecture, storage, provisioned concurrency', () => {
    const services = [
      { service: 'sho*', architecture: 'arm64', ephemeralStorageMb: 1536, provisionedConcurrency: true },
      { service: '*', architecture: 'x86_64' },
    ]
    expect(rateSpan(invocation({ 'faas.max_memory': 256 * MB }, 10_000_000), contextOf({ services })).usage).toEqual([
      { sku: 'aws/lambda/request@us-east-1', quantity: 1 },
      { sku: 'aws/lambda/provisioned-gb-second/arm64@us-east-1', quantity: 2560 },
      { sku: 'aws/lambda/storage-gb-second/arm64@us-east-1', quantity: 10_240 },
    ])
  })

  it('reads the region of an ARN where the resource names none', () => {
    const resource = {
      'cloud.region': undefined,
      'cloud.resource_id': 'arn:aws:lambda:eu-west-1:123456789012:function:f',
    }
    expect(rateSpan(invocation(resource, 1), contextOf()).usage[0]?.sku).toBe('aws/lambda/request@eu-west-1')
  })

  it('is not charged under an own rate, even where one is set', () => {
    const rated = rateSpan(invocation({}, 1), contextOf({}, [{ service: '*', usdPerMs: '1' }]))
    expect(rated.usage.some(({ sku }) => sku.startsWith('rate/'))).toBe(false)
  })
})
