import type { DynamoDBRecord } from 'aws-lambda'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishThrottle } from '../../../functions/publish-throttle/publish-throttle.ts'
import { NotABudgetsEvent } from '../../../layers/adapters/budget-stream.ts'
import { connectBudgets } from '../../../layers/adapters/budgets-table.ts'
import { connectFlagsReader } from '../../../layers/adapters/flags-reader.ts'
import { connectFlags } from '../../../layers/adapters/flags-table.ts'
import { freshState } from '../../../layers/core/budgets/judge.ts'
import type { BudgetState } from '../../../layers/core/budgets/state.ts'
import type { Flag } from '../../../layers/core/flags/flag.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { NOON, type Opened, openStandIn } from '../../local/dynamodb/stand-in.ts'
import { changeRecord, later, sequenceNumber } from '../budget-changes.ts'
import { stateOf } from '../explore-costs/state-of.ts'

const HOUR = 3_600_000

describe('publish-throttle', () => {
  let opened: Opened
  let failures: string[] = []
  let services = 0
  beforeAll(async () => {
    opened = await openStandIn()
  })
  afterAll(() => opened.close())

  const connect = (flags = connectFlags(opened.client, LOCAL_TABLES.FLAGS_TABLE)) => {
    failures = []
    return publishThrottle({
      now: opened.clock.now,
      putFlag: flags.putFlag,
      flagMs: HOUR,
      exemptionsOf: (service) => (service === 'prod/exempting' ? ['GET /healthz'] : []),
      observeFailure: (service) => failures.push(service),
    })
  }
  /** A throttle's life: within, throttled, tightened, releasing, within. */
  const life = (mode: BudgetState['mode'] = 'enforce') => {
    const within = { ...stateOf(`prod/s${services++}`, NOON), mode }
    const throttled = later(within, { phase: 'throttled', admit: 0.4, reason: 'burns', since: NOON, heldSince: NOON })
    const tightened = later(throttled, { admit: 0.2 })
    const releasing = later(tightened, { phase: 'releasing', admit: 0.3, since: (NOON + 120_000) as EpochMs })
    const released = later(releasing, { phase: 'within', admit: 1, heldSince: null })
    const states = [within, throttled, tightened, releasing, released] as const
    const records = states.slice(1).map((state, at) => changeRecord(states[at], state))
    return { service: within.service, states, records }
  }
  const flagOf = async (service: string): Promise<Flag | undefined> => {
    const read = connectFlagsReader(opened.client, LOCAL_TABLES.FLAGS_TABLE, (count) => failures.push(`${count}`))
    return (await read()).find((flag) => flag.service === service && opened.clock.now() < flag.until)
  }

  it('writes the flag of a throttled service, with an expiry that it renews at each close', async () => {
    const { service, records } = life()
    const publish = connect()
    opened.clock.set(NOON)
    expect(await publish({ Records: records.slice(0, 1) })).toEqual({ batchItemFailures: [] })
    const flag = { service, admit: 0.4, reason: 'burns', until: NOON + HOUR, since: NOON, version: 5 }
    expect(await flagOf(service)).toEqual(flag)
    opened.clock.advance(60_000)
    await publish({ Records: records.slice(1, 2) })
    expect(await flagOf(service)).toEqual({ ...flag, admit: 0.2, until: NOON + 60_000 + HOUR, version: 6 })
  })

  it("carries the budget's exemptions in the flag", async () => {
    const before = stateOf('prod/exempting', NOON)
    const after = later(before, { phase: 'throttled', admit: 0.4, reason: 'burns', since: NOON, heldSince: NOON })
    opened.clock.set(NOON)
    await connect()({ Records: [changeRecord(before, after)] })
    expect(await flagOf('prod/exempting')).toMatchObject({ admit: 0.4, exempt: ['GET /healthz'] })
  })

  it('keeps the beginning of the throttle while it is being released, and ends the flag with it', async () => {
    const { service, records } = life()
    const publish = connect()
    await publish({ Records: records.slice(0, 3) })
    expect(await flagOf(service)).toMatchObject({ admit: 0.3, since: NOON, version: 7 })
    await publish({ Records: records.slice(3) })
    expect(await flagOf(service)).toBeUndefined()
  })

  it('lets the newest state win, in whatever order and however often changes arrive', async () => {
    const publish = connect()
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(3), { maxLength: 10 }), fc.nat(3), async (deliveries, newest) => {
        const { service, states, records } = life()
        const seen = [...deliveries, newest].filter((at) => at <= newest)
        for (const at of [...seen].reverse()) await publish({ Records: [records[at]] })
        const flag = await flagOf(service)
        expect(flag?.admit ?? 1).toBe(states[newest + 1]?.admit)
      }),
      { numRuns: 30, seed: 7 },
    )
  })

  it('publishes nothing in shadow, and ends the flag of a budget that is set to shadow', async () => {
    const shadow = life('shadow')
    const publish = connect()
    await publish({ Records: shadow.records.slice(0, 2) })
    expect(await flagOf(shadow.service)).toBeUndefined()

    const { service, states, records } = life()
    await publish({ Records: records.slice(0, 2) })
    expect(await flagOf(service)).toBeDefined()
    await publish({ Records: [changeRecord(states[2], later(states[2], { mode: 'shadow' }))] })
    expect(await flagOf(service)).toBeUndefined()
  })

  it('ends the flag of a state that is removed', async () => {
    const { service, states, records } = life()
    const publish = connect()
    await publish({ Records: records.slice(0, 1) })
    await publish({ Records: [changeRecord(states[1], undefined)] })
    expect(await flagOf(service)).toBeUndefined()
  })

  it('lets a flag go by itself when nothing renews it', async () => {
    const { service, records } = life()
    opened.clock.set(NOON)
    await connect()({ Records: records.slice(0, 1) })
    opened.clock.set((NOON + HOUR) as EpochMs)
    expect(await flagOf(service)).toBeUndefined()
    opened.clock.set(NOON)
  })

  it('reports the change that failed alone, and holds back what follows it for the same service', async () => {
    const [bad, good] = [life(), life()]
    const flags = connectFlags(opened.client, LOCAL_TABLES.FLAGS_TABLE)
    const asked: string[] = []
    const putFlag: typeof flags.putFlag = async (flag, now) => {
      asked.push(`${flag.service} ${flag.version}`)
      if (flag.service === bad.service) throw new Error('out of reach')
      await flags.putFlag(flag, now)
    }
    const publish = connect({ ...flags, putFlag })
    const answer = await publish({ Records: [...bad.records.slice(0, 2), ...good.records.slice(0, 2)] })
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: sequenceNumber(5) }] })
    expect(asked.sort()).toEqual([`${bad.service} 5`, `${good.service} 5`, `${good.service} 6`])
    expect(failures).toEqual([bad.service])
    expect(await flagOf(good.service)).toMatchObject({ version: 6 })
  })

  it('reports an image that it cannot read, and passes over items that are no states', async () => {
    const { records } = life()
    const broken = structuredClone(records[0]) as unknown as DynamoDBRecord
    broken.dynamodb = { ...broken.dynamodb, NewImage: { state: { S: '{"v":99}' } } }
    const other = structuredClone(records[1]) as unknown as DynamoDBRecord
    other.dynamodb = { ...other.dynamodb, Keys: { kind: { S: 'progress' }, subject: { S: 'partitions' } } }
    expect(await connect()({ Records: [other, broken] })).toEqual({
      batchItemFailures: [{ itemIdentifier: sequenceNumber(5) }],
    })
  })

  it('refuses events of other sources with what it wants instead', async () => {
    await expect(connect()({ Records: [{ eventSource: 'aws:kafka' }] })).rejects.toThrow(NotABudgetsEvent)
    await expect(connect()({})).rejects.toThrow(/Budgets table's stream/)
  })

  it("follows the real stream of the table that the close's own adapter writes", async () => {
    const budgets = connectBudgets(opened.client, LOCAL_TABLES.BUDGETS_TABLE)
    const fresh = freshState('prod/streamed', 'shadow')
    await budgets.registerService(fresh.service)
    const throttled = later(fresh, { phase: 'throttled', admit: 0.1, mode: 'enforce', reason: 'burns', since: NOON })
    await budgets.writeState(fresh, throttled)
    const onDiscard = () => failures.push('discarded')
    opened.db.onStream(LOCAL_TABLES.BUDGETS_TABLE, {
      name: 'publish-throttle',
      handler: connect(),
      maximumRetryAttempts: 2,
      onDiscard,
    })
    await opened.db.drain()
    expect(await flagOf(fresh.service)).toMatchObject({ admit: 0.1, version: 1 })
    await budgets.writeState(throttled, later(throttled, { phase: 'within', admit: 1 }))
    await opened.db.drain()
    expect(await flagOf(fresh.service)).toBeUndefined()
    expect(failures).toEqual([])
  })
})
