import { describe, expect, it } from 'vitest'
import { DEMO_SCENARIO, REQUEST_KINDS, releaseAt, requestsAt } from '../../../cli/demo/scenario.ts'
import { SERVICE_NAMES } from '../../../cli/demo/services.ts'

describe('the demo scenario', () => {
  it('deploys every service from the first minute', () => {
    for (const service of SERVICE_NAMES) expect(releaseAt(DEMO_SCENARIO, service, 0).commit).toMatch(/^[0-9a-f]{7}$/)
  })

  it('says which service lacks a release', () => {
    expect(() => releaseAt({ ...DEMO_SCENARIO, releases: [] }, 'orders', 3)).toThrow('no orders by minute 3')
  })

  it('runs the bad commit of checkout from its deploy to its rollback, and nothing else changes', () => {
    const commits = (minute: number) => SERVICE_NAMES.map((service) => releaseAt(DEMO_SCENARIO, service, minute))
    const attempts = (minute: number) => commits(minute).map((release) => release.modelAttempts)
    expect(attempts(39)).toEqual([1, 1, 1, 1, 1])
    expect(attempts(40)).toEqual([1, 1, 1, 12, 1])
    expect(attempts(57)).toEqual([1, 1, 1, 12, 1])
    expect(commits(58).map((release) => release.commit)).toEqual(commits(39).map((release) => release.commit))
  })

  it('is quiet long enough for a baseline: more than 30 windows before the first change', () => {
    const changes = [
      ...DEMO_SCENARIO.bursts.map((burst) => burst.fromMinute),
      ...DEMO_SCENARIO.releases.filter((release) => release.minute > 0).map((release) => release.minute),
    ]
    expect(Math.min(...changes)).toBeGreaterThan(30)
  })

  it("bursts catalog's requests eightfold and those of checkout not at all", () => {
    const catalog = (minute: number) =>
      requestsAt(DEMO_SCENARIO, 'home', minute) + requestsAt(DEMO_SCENARIO, 'product', minute)
    expect(catalog(42) / catalog(41)).toBe(8)
    expect(catalog(48)).toBe(catalog(41))
    expect(requestsAt(DEMO_SCENARIO, 'checkout', 42)).toBe(requestsAt(DEMO_SCENARIO, 'checkout', 41))
  })

  it('names every kind of request', () => {
    expect(Object.keys(DEMO_SCENARIO.requestsPerMinute)).toEqual([...REQUEST_KINDS])
  })
})
