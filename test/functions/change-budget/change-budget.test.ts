import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { changeBudget } from '../../../functions/change-budget/change-budget.ts'
import { type BudgetsTable, connectBudgets } from '../../../layers/adapters/budgets-table.ts'
import { configurationSchema } from '../../../layers/core/configuration.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { NOON, type Opened, openStandIn } from '../../local/dynamodb/stand-in.ts'
import { httpApiEvent } from '../http-api-event.ts'

const PATH = '/v1/budgets/changes'
const JSON_TYPE = { 'content-type': 'application/json' }
const CALLER = 'arn:aws:sts::123456789012:assumed-role/oncall/asha'
const UNTIL = new Date(NOON + 7_200_000).toISOString()

/** A signed request, as API Gateway passes it on. */
const signed = (body: unknown, caller: string | undefined = CALLER, headers: Record<string, string> = JSON_TYPE) => {
  const event = httpApiEvent(PATH, {}, headers, 'POST') as { requestContext: object }
  const authorizer = caller === undefined ? {} : { authorizer: { iam: { userArn: caller, accountId: '1' } } }
  return {
    ...event,
    body: Buffer.from(JSON.stringify(body)).toString('base64'),
    isBase64Encoded: true,
    requestContext: { ...event.requestContext, ...authorizer },
  }
}

describe('change-budget', () => {
  let opened: Opened
  let budgets: BudgetsTable
  let change: ReturnType<typeof changeBudget>
  let services = 0
  let service = ''
  beforeAll(async () => {
    opened = await openStandIn()
    budgets = connectBudgets(opened.client, LOCAL_TABLES.BUDGETS_TABLE)
    const configuration = configurationSchema.parse({ budgets: [{ environment: 'prod', limitUsd: '20' }] })
    change = changeBudget({ now: opened.clock.now, budgets, configuration })
  })
  afterAll(() => opened.close())
  beforeEach(async () => {
    opened.clock.set(NOON)
    service = `prod/s${services++}`
    await budgets.registerService(service)
  })

  const send = async (fields: object, caller = CALLER) => {
    const { statusCode, body } = await change(signed({ service, reason: 'incident 7', ...fields }, caller))
    return { statusCode, answer: JSON.parse(body) }
  }
  const override = { change: 'override', limitUsd: '90', mode: 'enforce', until: UNTIL }
  const grant = { change: 'grant', usd: '300', until: UNTIL }

  it('answers with the budget that holds now, beside the file that holds later', async () => {
    await send(override)
    const { statusCode, answer } = await send(grant)
    expect(statusCode).toBe(200)
    expect(answer).toEqual({
      service,
      file: { limitUsd: '20', mode: 'shadow' },
      effective: { limitUsd: '390', mode: 'enforce' },
      override: { limitUsd: '90', mode: 'enforce', ...signature() },
      grants: [{ usd: '300', ...signature() }],
    })
  })
  const signature = () => ({
    until: UNTIL,
    reason: 'incident 7',
    by: CALLER,
    at: new Date(NOON).toISOString(),
  })

  it('writes down who did what, when and why', async () => {
    await send(override)
    opened.clock.advance(60_000)
    await send({ change: 'clear', reason: 'over' }, 'arn:aws:iam::1:user/ben')
    expect(await budgets.readEvents(service, 10)).toEqual([
      { service, at: NOON + 60_000, what: 'clear', by: 'arn:aws:iam::1:user/ben', reason: 'over', numbers: {} },
      {
        service,
        at: NOON,
        what: 'override',
        by: CALLER,
        reason: 'incident 7',
        numbers: { limitUsd: '90', mode: 'enforce', until: UNTIL },
      },
    ])
    expect((await budgets.readChangesOf(service))?.override).toBeNull()
  })

  it('gives once what is asked for twice, as a client does that lost the answer, and writes one event', async () => {
    await send(grant)
    opened.clock.advance(1_000)
    expect((await send(grant)).answer.effective).toEqual({ limitUsd: '320', mode: 'shadow' })
    expect(await budgets.readEvents(service, 10)).toHaveLength(1)
  })

  it('makes up for an event that a crash cut off when it is asked again', async () => {
    const configuration = configurationSchema.parse({})
    const putEvent = async () => {
      throw new Error('out of reach')
    }
    const dying = changeBudget({ now: opened.clock.now, budgets: { ...budgets, putEvent }, configuration })
    await expect(dying(signed({ service, reason: 'incident 7', ...grant }))).rejects.toThrow('out of reach')
    opened.clock.advance(1_000)
    await send(grant)
    expect((await budgets.readEvents(service, 10)).map(({ at }) => at)).toEqual([NOON])
  })

  it('loses neither of two changes that come at once', async () => {
    await Promise.all([send(grant), send({ ...grant, usd: '5' }), send(override)])
    const changes = await budgets.readChangesOf(service)
    expect(changes?.grants.map(({ usd }) => usd).sort()).toEqual(['300', '5'])
    expect(changes?.override?.limitUsd).toBe('90')
  })

  it('refuses what nobody signed, what no page may send, and what cannot be', async () => {
    const asked = { service, reason: 'why', ...grant }
    const statusOf = async (event: unknown) => (await change(event)).statusCode
    const unsigned = signed(asked)
    expect(await statusOf({ ...unsigned, requestContext: { ...unsigned.requestContext, authorizer: undefined } })).toBe(
      403,
    )
    expect(await statusOf(signed(asked, CALLER, { 'content-type': 'text/plain' }))).toBe(415)
    expect(await statusOf(signed({ ...asked, reason: 'x'.repeat(9_000) }))).toBe(413)
    expect(await statusOf(signed({ ...asked, usd: '1e9' }))).toBe(400)
    expect(await statusOf(signed({ ...asked, until: '2020-01-01' }))).toBe(400)
    expect(await statusOf({ ...signed(asked), body: '{', isBase64Encoded: false })).toBe(400)
    expect(await statusOf(signed({ ...asked, service: 'prod/typo' }))).toBe(404)
    expect(await statusOf(httpApiEvent(PATH))).toBe(405)
    expect(await statusOf(httpApiEvent('/v1/budgets', {}, {}, 'POST'))).toBe(404)
    expect(await budgets.readChangesOf(service)).toBeUndefined()
  })

  it('is read by the close, and one that cannot be read stops nothing', async () => {
    await send(grant)
    const Item = { kind: { S: 'change' }, subject: { S: 'prod/broken' }, change: { S: '{' }, version: { N: '1' } }
    await opened.client.send(new PutItemCommand({ TableName: LOCAL_TABLES.BUDGETS_TABLE, Item }))
    const all = await budgets.readChanges()
    expect(all.find((one) => one.service === service)?.grants).toHaveLength(1)
    expect(all.map((one) => one.service)).not.toContain('prod/broken')
  })
})
