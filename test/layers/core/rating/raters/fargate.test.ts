import { describe, expect, it } from 'vitest'
import { rateSpan } from '../../../../../layers/core/rating/rate-span.ts'
import { contextOf } from '../context.ts'
import { spanWith } from '../spans.ts'

const TASK = {
  'cloud.platform': 'aws_ecs',
  'aws.ecs.launchtype': 'FARGATE',
  'cloud.region': 'us-west-2',
  'host.arch': 'arm64',
}
const HOUR_NS = 3_600_000_000_000

describe('an entry span of a Fargate task', () => {
  it.each([
    [0.25, 512],
    [256, 512 * 1_048_576],
    ['0.25', '512'],
  ])('of cpu %s and memory %s pays the task for its duration', (cpu, memory) => {
    const resource = { ...TASK, 'aws.ecs.task.cpu': cpu, 'aws.ecs.task.memory': memory }
    expect(rateSpan(spanWith({}, { resource, durationNs: HOUR_NS }), contextOf()).usage).toEqual([
      { sku: 'aws/fargate/vcpu-hour/arm64@us-west-2', quantity: 256 * 3_600_000 },
      { sku: 'aws/fargate/gb-hour/arm64@us-west-2', quantity: 512 * 3_600_000 },
    ])
  })

  it('shares the task with the spans that run beside it, to the nearest quantum', () => {
    const services = [{ service: '*', fargate: { cpuUnits: 1024, memoryMb: 2048, concurrency: 3 } }]
    const rated = rateSpan(spanWith({}, { resource: TASK, durationNs: 1_000_500 }), contextOf({ services }))
    expect(rated.usage.map(({ quantity }) => quantity)).toEqual([342, 683])
    expect(rated.assumed).toEqual(['fargate.concurrency=3'])
  })

  it.each([[undefined], [0], [-1], [Number.NaN], ['big'], [17_000]])('of cpu %s is unmetered', (cpu) => {
    const resource = { ...TASK, 'aws.ecs.task.cpu': cpu }
    expect(rateSpan(spanWith({}, { resource }), contextOf({}, [{ service: '*', usdPerMs: '1' }]))).toMatchObject({
      usage: [],
      uncharged: 'unmetered:aws.ecs.task.cpu',
      entry: true,
    })
  })

  it('on EC2 instances is not Fargate’s: the own rate is', () => {
    const resource = { ...TASK, 'aws.ecs.launchtype': 'ec2' }
    expect(rateSpan(spanWith({}, { resource }), contextOf()).usage[0]?.sku).toBe('rate/shop/*')
  })
})
