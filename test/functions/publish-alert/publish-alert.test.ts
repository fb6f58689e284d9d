import { SNSClient } from '@aws-sdk/client-sns'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type PublishAlertPorts, publishAlert } from '../../../functions/publish-alert/publish-alert.ts'
import { connectAlerts } from '../../../layers/adapters/alerts-topic.ts'
import { NotABudgetsEvent } from '../../../layers/adapters/budget-stream.ts'
import { connectFlags } from '../../../layers/adapters/flags-table.ts'
import { connectLedger } from '../../../layers/adapters/ledger-table.ts'
import type { BudgetState } from '../../../layers/core/budgets/state.ts'
import { minuteCounter, operationCounter } from '../../../layers/core/ledger/counters.ts'
import { pack } from '../../../layers/core/ledger/packed.ts'
import { ledgerRowPlace } from '../../../layers/core/ledger/row-name.ts'
import { type EpochMs, hourOfMinute, minuteInHour } from '../../../layers/core/time/instants.ts'
import { type SnsInbox, startSnsInbox } from '../../../local/sns-inbox.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { NOON, type Opened, openStandIn } from '../../local/dynamodb/stand-in.ts'
import { changeRecord, later, sequenceNumber } from '../budget-changes.ts'
import { stateOf } from '../explore-costs/state-of.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const TOPIC = 'arn:aws:sns:us-east-1:123456789012:tollgate-alerts'

/** The function dies where it calls this. */
class Crash extends Error {}

describe('publish-alert', () => {
  let opened: Opened
  let inbox: SnsInbox
  let sns: SNSClient
  let ports: PublishAlertPorts
  let failures: unknown[] = []
  let services = 0
  beforeAll(async () => {
    opened = await openStandIn()
    inbox = await startSnsInbox(opened.clock)
    sns = new SNSClient({
      endpoint: inbox.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    })
  })
  afterAll(async () => {
    sns.destroy()
    await inbox.close()
    await opened.close()
  })
  beforeEach(() => {
    opened.clock.set(NOON)
    failures = []
    ports = {
      now: opened.clock.now,
      flags: connectFlags(opened.client, LOCAL_TABLES.FLAGS_TABLE),
      readHours: connectLedger(opened.client, LOCAL_TABLES.LEDGER_TABLE, 90).readHours,
      readStates: async () => [],
      publishMessage: connectAlerts(sns, TOPIC).publishMessage,
      observeFailure: (_, error) => failures.push(error),
    }
  })

  const within = (): BudgetState => stateOf(`prod/shop/s${services++}`, NOON)
  const throttled = (state: BudgetState): BudgetState =>
    later(state, { phase: 'throttled', admit: 0.25, reason: 'burns 14 times its pace', since: NOON, heldSince: NOON })
  const messagesOf = (service: string) =>
    inbox.messages().filter(({ attributes }) => attributes.service?.value === service)
  const transitionsOf = (service: string) => messagesOf(service).map(({ attributes }) => attributes.transition?.value)
  const idsOf = (service: string): string[] =>
    messagesOf(service).map(({ message }) => JSON.parse(message.sqs ?? '').id)

  it('tells people, and programs, what is throttled and who drives it', async () => {
    const before = within()
    const after = throttled(before)
    await connectLedger(opened.client, LOCAL_TABLES.LEDGER_TABLE, 90).bookRow(
      ledgerRowPlace({
        service: after.service,
        hour: hourOfMinute(after.closed),
        commit: 'a1b2c3d',
        shard: 'k3f9.3',
      }),
      [
        {
          offset: 1,
          timestampMs: NOON,
          counters: new Map([
            [minuteCounter(minuteInHour(after.closed)), pack(3_000_000_000_000n, 9n)],
            [operationCounter('GET /carts/*'), pack(3_000_000_000_000n, 9n)],
          ]),
        },
      ],
    )
    expect(await publishAlert(ports)({ Records: [changeRecord(before, after)] })).toEqual({ batchItemFailures: [] })
    const [message, ...others] = messagesOf(after.service)
    expect(others).toEqual([])
    expect(message).toMatchObject({
      topicArn: TOPIC,
      subject: `${after.service} is throttled to 25 %`,
      attributes: {
        service: { type: 'String', value: after.service },
        environment: { value: 'prod' },
        transition: { value: 'throttled' },
        mode: { value: 'enforce' },
        severity: { value: 'critical' },
      },
    })
    expect(message?.message.email).toContain('commit a1b2c3d made 100 % of what was spent')
    expect(message?.message.email).toContain('"GET /carts/*"')
    expect(message?.message.default).toBe(message?.message.email)
    for (const protocol of ['sqs', 'lambda', 'http', 'https', 'email-json']) {
      expect(JSON.parse(message?.message[protocol] ?? '')).toMatchObject({
        version: 1,
        transition: 'throttled',
        admit: 0.25,
        drivers: { commit: 'a1b2c3d', commitShare: 1, operation: 'GET /carts/*', operationShare: 1 },
      })
    }
    expect(failures).toEqual([])
  })

  it('links to a page, for people and for programs, where there is one', async () => {
    const link =
      'https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#dashboards/dashboard/tollgate'
    const before = within()
    await publishAlert({ ...ports, link })({ Records: [changeRecord(before, throttled(before))] })
    const [message] = messagesOf(before.service)
    expect(message?.message.email?.split('\n').at(-1)).toBe(`See ${link}`)
    expect(JSON.parse(message?.message.sqs ?? '')).toMatchObject({ link })
  })

  it('tells once what is delivered again, doubled and late', async () => {
    const before = within()
    const first = throttled(before)
    const second = later(first)
    const over = later(second, { phase: 'within', admit: 1, reason: '', heldSince: null })
    const [a, b, c] = [changeRecord(before, first), changeRecord(first, second), changeRecord(second, over)]
    const publish = publishAlert(ports)
    await publish({ Records: [a, a, b, c] })
    await publish({ Records: [c, b, a] })
    await publish({ Records: [a] })
    expect(transitionsOf(first.service)).toEqual(['throttled', 'released'])
  })

  it('tells of a change once although two deliveries of it run side by side', async () => {
    const before = within()
    const after = throttled(before)
    const event = { Records: [changeRecord(before, after)] }
    const answers = await Promise.all([publishAlert(ports)(event), publishAlert(ports)(event)])
    // The one that comes second waits for the first, or finds it done.
    expect(answers.flatMap(({ batchItemFailures }) => batchItemFailures).length).toBeLessThanOrEqual(1)
    await publishAlert(ports)(event)
    expect(transitionsOf(after.service)).toEqual(['throttled'])
  })

  it('reminds once an hour while it lasts, and never when windows are caught up on', async () => {
    const before = within()
    let state = throttled(before)
    const publish = publishAlert(ports)
    await publish({ Records: [changeRecord(before, state)] })
    const nextWindow = async (): Promise<void> => {
      const was = state
      state = later(state)
      await publish({ Records: [changeRecord(was, state)] })
    }
    for (let window = 0; window < 100; window++) await nextWindow()
    expect(transitionsOf(state.service)).toEqual(['throttled'])
    for (let window = 0; window < 130; window++) {
      opened.clock.advance(MINUTE)
      await nextWindow()
    }
    expect(transitionsOf(state.service)).toEqual(['throttled', 'reminder', 'reminder'])
    expect(new Set(idsOf(state.service)).size).toBe(3)
  })

  it('sends again, with the same id, what a crash cut off before it was sent or before that was written down', async () => {
    for (const crash of ['before sending', 'after sending'] as const) {
      const before = within()
      const after = throttled(before)
      const event = { Records: [changeRecord(before, after)] }
      const dies = publishAlert({
        ...ports,
        publishMessage: async (message) => {
          if (crash === 'before sending') throw new Crash()
          await ports.publishMessage(message)
        },
        flags: {
          ...ports.flags,
          replaceLease: async () => {
            throw new Crash()
          },
        },
      })
      expect(await dies(event)).toEqual({ batchItemFailures: [{ itemIdentifier: sequenceNumber(5) }] })
      const sent = crash === 'after sending' ? 1 : 0
      expect(messagesOf(after.service)).toHaveLength(sent)

      // The lease still stands: whoever comes now must come again.
      const publish = publishAlert(ports)
      expect((await publish(event)).batchItemFailures).toHaveLength(1)
      expect(messagesOf(after.service)).toHaveLength(sent)

      opened.clock.advance(15_000)
      expect((await publish(event)).batchItemFailures).toEqual([])
      await publish(event)
      expect(idsOf(after.service)).toEqual(Array(sent + 1).fill(`${after.service}#${after.closed}#throttled`))
    }
  })

  it('tries again at once, with the same id, when the topic is out of reach', async () => {
    const before = within()
    const after = throttled(before)
    const event = { Records: [changeRecord(before, after)] }
    const publishMessage = async (): Promise<void> => {
      throw new Error('out of reach')
    }
    expect((await publishAlert({ ...ports, publishMessage })(event)).batchItemFailures).toHaveLength(1)
    expect((await publishAlert(ports)(event)).batchItemFailures).toEqual([])
    expect(idsOf(after.service)).toEqual([`${after.service}#${after.closed}#throttled`])
  })

  it('tells what a change that was given up would have told, with the next one', async () => {
    const before = within()
    const lost = throttled(before)
    await publishAlert(ports)({ Records: [changeRecord(lost, later(lost))] })
    expect(transitionsOf(lost.service)).toEqual(['throttled'])
  })

  it('does not wait for the ledger', async () => {
    const before = within()
    const after = throttled(before)
    const readHours = async (): Promise<never> => {
      throw new Error('the ledger is out of reach')
    }
    await publishAlert({ ...ports, readHours })({ Records: [changeRecord(before, after)] })
    const [message] = messagesOf(after.service)
    expect(message?.message.email).toContain('the ledger could not be read')
    expect(JSON.parse(message?.message.sqs ?? '').drivers).toBeNull()
    expect(failures).toEqual([new Error('the ledger is out of reach')])
  })

  it('tells nobody of a budget in shadow, and of what is going on when it is enforced', async () => {
    const before = { ...within(), mode: 'shadow' as const }
    let state = throttled(before)
    const publish = publishAlert(ports)
    await publish({ Records: [changeRecord(before, state)] })
    for (let window = 0; window < 70; window++) {
      const was = state
      opened.clock.advance(MINUTE)
      state = later(was)
      await publish({ Records: [changeRecord(was, state)] })
    }
    expect(messagesOf(state.service)).toEqual([])
    await publish({ Records: [changeRecord(state, later(state, { mode: 'enforce' }))] })
    expect(messagesOf(state.service).map(({ subject }) => subject)).toEqual([`${state.service} is throttled to 25 %`])
  })

  it('tells that a held service is released where its budget is set to shadow, and nothing more of it', async () => {
    const before = within()
    const held = throttled(before)
    const shadowed = later(held, { mode: 'shadow' })
    const records = [changeRecord(before, held), changeRecord(held, shadowed), changeRecord(shadowed, later(shadowed))]
    await publishAlert(ports)({ Records: records })
    const [, released, ...others] = messagesOf(held.service)
    expect(others).toEqual([])
    expect(released).toMatchObject({
      subject: `${held.service} is released: its budget is no longer enforced`,
      attributes: { transition: { value: 'released' }, mode: { value: 'shadow' }, severity: { value: 'info' } },
    })
    expect(released?.message.email).toContain('every request is admitted')
  })

  it('has nothing to say of a state that is removed, and refuses events of other sources', async () => {
    const state = throttled(within())
    expect(await publishAlert(ports)({ Records: [changeRecord(state, undefined)] })).toEqual({ batchItemFailures: [] })
    expect(messagesOf(state.service)).toEqual([])
    await expect(publishAlert(ports)({ Records: [{ eventSource: 'aws:sqs' }] })).rejects.toThrow(NotABudgetsEvent)
  })

  it('lets a service at its limit flap without a storm', async () => {
    let state = within()
    const { service } = state
    const publish = publishAlert(ports)
    for (let window = 0; window < 119; window++) {
      const was = state
      state = later(state, { phase: window % 2 === 0 ? 'warned' : 'within', since: opened.clock.now() as EpochMs })
      await publish({ Records: [changeRecord(was, state)] })
      opened.clock.advance(MINUTE)
    }
    expect(opened.clock.now() - NOON).toBeLessThan(2 * HOUR)
    expect(transitionsOf(service)).toEqual(['warned', 'eased', 'warned', 'eased'])
  })

  describe('a storm', () => {
    const storm = (count: number) => {
      const states = Array.from({ length: count }, () => within())
      return states.map((before) => ({ before, after: throttled(before) }))
    }
    const recordsOf = (changes: ReturnType<typeof storm>) =>
      // Each state's version is the same here; a stream numbers its records.
      changes.map(({ before, after }, place) => {
        const record = changeRecord(before, after)
        return { ...record, dynamodb: { ...record.dynamodb, SequenceNumber: sequenceNumber(1_000 + place) } }
      })
    const about = (services: readonly string[]) =>
      inbox
        .messages()
        .filter(({ message }) =>
          services.some((service) => (message.default ?? '').includes(`${service} is throttled`)),
        )
    const namesOf = (changes: ReturnType<typeof storm>) => changes.map(({ after }) => after.service)

    it('of twenty services in one minute is one message that lists them, once', async () => {
      const changes = storm(20)
      const event = { Records: recordsOf(changes) }
      const publish = publishAlert(ports)
      expect(await publish(event)).toEqual({ batchItemFailures: [] })
      expect(await publish({ Records: event.Records.slice(7) })).toEqual({ batchItemFailures: [] })
      await publish(event)
      const [message, ...others] = about(namesOf(changes))
      expect(others).toEqual([])
      expect(message?.subject).toBe('20 services of prod are throttled')
      for (const service of namesOf(changes))
        expect(message?.message.email).toContain(`  ${service} is throttled to 25 %`)
      expect(JSON.parse(message?.message.sqs ?? '').services).toHaveLength(20)
      const { type, value } = message?.attributes.service ?? { type: '', value: '[]' }
      expect(type).toBe('String.Array')
      expect(JSON.parse(value).sort()).toEqual(namesOf(changes).sort())
    })

    it('of twenty services whose changes come in two events is one message that lists them', async () => {
      const changes = storm(20)
      const turned = changes.map(({ before, after }) => ({
        ...after,
        turned: { from: { phase: before.phase, mode: before.mode }, version: after.version },
      }))
      const [quiet, shadowed, elsewhere] = [within(), throttled({ ...within(), mode: 'shadow' }), within()]
      const publish = publishAlert({
        ...ports,
        readStates: async () => [...turned, quiet, shadowed, { ...throttled(elsewhere), service: 'staging/s' }],
      })
      const records = recordsOf(changes)
      expect(await publish({ Records: records.slice(0, 7) })).toEqual({ batchItemFailures: [] })
      expect(await publish({ Records: records.slice(7) })).toEqual({ batchItemFailures: [] })
      const [message, ...others] = about(namesOf(changes))
      expect(others).toEqual([])
      expect(message?.subject).toBe('20 services of prod are throttled')
      expect(JSON.parse(message?.message.sqs ?? '').services).toHaveLength(20)
    })

    it('that was sent, and whose sender crashed, is told again to the services of the other event, with their ids', async () => {
      const changes = storm(6)
      const turned = changes.map(({ before, after }) => ({
        ...after,
        turned: { from: { phase: before.phase, mode: before.mode }, version: after.version },
      }))
      const withStates = { ...ports, readStates: async () => turned }
      const dies = publishAlert({
        ...withStates,
        publishMessage: async () => {
          throw new Crash()
        },
        flags: { ...ports.flags, replaceLease: async () => Promise.reject(new Crash()) },
      })
      const records = recordsOf(changes)
      expect((await dies({ Records: records.slice(0, 3) })).batchItemFailures).toHaveLength(3)
      // Their own change finds them claimed, and comes again.
      expect((await publishAlert(withStates)({ Records: records.slice(3) })).batchItemFailures).toHaveLength(3)
      expect(about(namesOf(changes))).toEqual([])
      opened.clock.advance(15_000)
      expect((await publishAlert(withStates)({ Records: records.slice(3) })).batchItemFailures).toEqual([])
      await publishAlert(withStates)({ Records: records })
      expect(about(namesOf(changes)).map(({ subject }) => subject)).toEqual(['6 services of prod are throttled'])
    })

    it('is told without the others when the states cannot be read', async () => {
      const changes = storm(4)
      const readStates = async () => Promise.reject(new Error('out of reach'))
      await publishAlert({ ...ports, readStates })({ Records: recordsOf(changes).slice(0, 3) })
      expect(about(namesOf(changes)).map(({ subject }) => subject)).toEqual(['3 services of prod are throttled'])
      expect(failures).toEqual([new Error('out of reach')])
    })

    it('is told together with what comes behind it, which is told for itself', async () => {
      const changes = storm(3)
      const [first] = changes
      if (first === undefined) throw new Error('none')
      const over = later(first.after, { phase: 'within', admit: 1, reason: '', heldSince: null })
      await publishAlert(ports)({ Records: [...recordsOf(changes), changeRecord(first.after, over)] })
      expect(about(namesOf(changes)).map(({ subject }) => subject)).toEqual(['3 services of prod are throttled'])
      expect(messagesOf(over.service).map(({ subject }) => subject)).toEqual([`${over.service} is released`])
    })

    it('loses nobody: what another is telling comes again, and is told then', async () => {
      const changes = storm(5)
      const records = recordsOf(changes)
      const [busy] = namesOf(changes)
      const claimed = { sending: { id: 'x', kind: 'warned', until: (NOON + 15_000) as EpochMs } } as const
      await ports.flags.takeLease(busy ?? '', () => claimed, NOON)
      const answer = await publishAlert(ports)({ Records: records })
      expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: sequenceNumber(1_000) }] })
      expect(about(namesOf(changes)).map(({ subject }) => subject)).toEqual(['4 services of prod are throttled'])
      opened.clock.advance(15_000)
      expect(await publishAlert(ports)({ Records: records })).toEqual({ batchItemFailures: [] })
      expect(about([busy ?? '']).map(({ subject }) => subject)).toEqual([`${busy} is throttled to 25 %`])
    })

    it('that a crash cut off is sent again with the same id', async () => {
      const changes = storm(4)
      const event = { Records: recordsOf(changes) }
      const replaceLease = async () => {
        throw new Crash()
      }
      const dies = publishAlert({ ...ports, flags: { ...ports.flags, replaceLease } })
      expect((await dies(event)).batchItemFailures).toHaveLength(4)
      opened.clock.advance(15_000)
      expect((await publishAlert(ports)(event)).batchItemFailures).toEqual([])
      const ids = about(namesOf(changes)).map(({ message }) => JSON.parse(message.sqs ?? '').id)
      expect(ids).toHaveLength(2)
      expect(new Set(ids).size).toBe(1)
    })

    it('is sent at once again when the topic was out of reach', async () => {
      const changes = storm(4)
      const event = { Records: recordsOf(changes) }
      const publishMessage = async (): Promise<void> => {
        throw new Error('out of reach')
      }
      expect((await publishAlert({ ...ports, publishMessage })(event)).batchItemFailures).toHaveLength(4)
      expect((await publishAlert(ports)(event)).batchItemFailures).toEqual([])
      expect(about(namesOf(changes))).toHaveLength(1)
    })
  })
})
