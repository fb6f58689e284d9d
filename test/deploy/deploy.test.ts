import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { DescribeStacksCommand, UpdateTerminationProtectionCommand } from '@aws-sdk/client-cloudformation'
import { DescribeTableCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { ListFunctionsCommand } from '@aws-sdk/client-lambda'
import { Producer } from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EventSourceMapping } from '../../local/log/event-source-mapping.ts'
import { type Kafka, startKafka } from '../integration/engines/kafka.ts'
import { startLambda } from '../integration/engines/lambda-runtime.ts'
import { MINISTACK } from '../integration/engines/ministack.ts'
import { bundlesOf, bundleTable, measureBundles } from './bundle-figures.ts'
import { readTemplates, synthesizeInto, type Templates, transformForEmulator } from './cloud-assembly.ts'
import { type EmulatedAccount, openEmulatedAccount } from './emulated-account.ts'
import { forEmulator, NOT_ON_EMULATOR, type TemplateResource } from './emulator-template.ts'
import { invoke, type MskMapping, mskMappingOf, pollForLambda } from './msk-mapping.ts'
import { multiplyUsd } from './multiply-usd.ts'
import { nextVersionOf } from './next-version.ts'
import { CLUSTER_ARN, ownCluster, PARTITIONS, QUEUE } from './own-cluster.ts'
import { ORDER_USD, ordersRequest, PUT_USD } from './shop-spans.ts'

/** What the doctor finds on MiniStack: it keeps neither a mapping's topic nor these two settings of a table. */
const UNWELL_ON_EMULATOR = [
  'mapping: nothing feeds otel-cost-spans to attribute-spans',
  ...['budgets', 'flags', 'ledger', 'prices'].map(
    (table) => `table tollgate-${table}: items do not expire by expiresAt, no point-in-time recovery`,
  ),
]
/** A window closes within a minute and a half of its end. */
const JUDGED = { timeout: 150_000, interval: 3_000 }

const folder = mkdtempSync(join(tmpdir(), 'tollgate-deploy-'))
const at = (name: string): string => join(folder, name)
let account: EmulatedAccount
let kafka: Kafka
let synthesized: Templates
let deployed: Templates
let settings: MskMapping
let polling: EventSourceMapping | undefined
let producer: Producer
let orders = 0

const template = (templates: Templates, stack: 'Code' | 'Data') => {
  const found = templates[`${stack}.template.json`]
  if (found === undefined) throw new Error(`there is no template of ${stack}`)
  return found
}

beforeAll(async () => {
  kafka = await startKafka()
  account = await openEmulatedAccount(CLUSTER_ARN, kafka.brokers)
  synthesized = synthesizeInto(at('first'), ownCluster('1'), at('work'))
  deployed = transformForEmulator(at('first'))
  settings = mskMappingOf(template(deployed, 'Code'))
  producer = new Producer({ clientId: 'collector', bootstrapBrokers: [kafka.brokers] })
})

afterAll(async () => {
  await polling?.close()
  await producer?.close()
  await account?.close()
  await kafka?.close()
  rmSync(folder, { recursive: true, force: true })
})

const deploy = async (assembly: string): Promise<string> => {
  try {
    return await account.cdk(at(assembly), 'deploy', '--all', '--require-approval', 'never')
  } catch (error) {
    throw new Error(`cdk deploy: ${error}\n${account.ministack.printed()}`)
  }
}

async function output(stack: string, name: string): Promise<string> {
  const { Stacks } = await account.cloudFormation.send(new DescribeStacksCommand({ StackName: stack }))
  const value = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue
  if (value === undefined) throw new Error(`${stack} has no output ${name}: ${JSON.stringify(Stacks)}`)
  return value
}

// biome-ignore lint/suspicious/noExplicitAny: the API's answers are what these tests are about
async function api(path: string): Promise<any> {
  const { status, body } = await account.get(new URL(path, await output('tollgate', 'ApiUrl')), true)
  if (status !== 200) throw new Error(`${path}: ${status} ${body}`)
  return JSON.parse(body)
}

const spentUsd = async (): Promise<string> =>
  (await api(`/v1/spend?service=prod/shop&from=${Date.now() - 3_600_000}&to=${Date.now()}`)).totalUsd

/** Sends orders that ended two minutes ago, a request to each of three partitions, and waits until they are booked. */
async function sell(each: number): Promise<void> {
  for (const partition of [0, 5, 11]) {
    const value = ordersRequest(each, Date.now() - 120_000)
    await producer.send({ messages: [{ topic: settings.topic, partition, value }] })
    orders += each
  }
  await polling?.drain()
}

/**
 * Business as usual. A partition whose last batch came late, as on a busy machine, holds windows until it is heard of again,
 * for five minutes at most.
 */
async function sellUntil(stopped: { readonly yet: boolean }): Promise<void> {
  while (!stopped.yet) {
    await sell(1)
    await pause(3_000)
  }
}

/** SHA-256 of the code by function. */
async function codeOfFunctions(): Promise<Record<string, string>> {
  const { Functions } = await account.lambda.send(new ListFunctionsCommand({}))
  const ours = (Functions ?? []).filter(({ FunctionName }) => FunctionName?.startsWith('tollgate-'))
  // The CDK's own providers do not change with our code.
  const bundled = ours.filter(({ FunctionName }) => !/AWSCDK|CustomResource/.test(FunctionName ?? ''))
  return Object.fromEntries(bundled.map(({ FunctionName, CodeSha256 }) => [FunctionName ?? '', CodeSha256 ?? '']))
}

/** What tells a table from one that was made anew. */
async function tables(): Promise<Record<string, string>> {
  const names = ['prices', 'ledger', 'budgets', 'flags'].map((name) => `tollgate-${name}`)
  const described = await Promise.all(
    names.map((TableName) => account.dynamo.send(new DescribeTableCommand({ TableName }))),
  )
  return Object.fromEntries(
    described.map(({ Table }) => [
      Table?.TableName ?? '',
      `${Table?.TableId} ${Table?.CreationDateTime?.toISOString()}`,
    ]),
  )
}

/** Types of the resources that differ between two assemblies, each once, sorted; whom they wait for is no difference. */
function changedBetween(before: string, after: string): string[] {
  const [from, to] = [readTemplates(at(before)), readTemplates(at(after))]
  const types = (['Code', 'Data'] as const).flatMap((stack) => {
    const [a, b] = [template(from, stack).Resources, template(to, stack).Resources]
    const ids = [...new Set([...Object.keys(a), ...Object.keys(b)])]
    return ids.filter((id) => textOf(a[id]) !== textOf(b[id])).map((id) => a[id]?.Type ?? b[id]?.Type ?? '')
  })
  return [...new Set(types)].sort()
}

const textOf = (resource: TemplateResource | undefined): string => JSON.stringify({ ...resource, DependsOn: undefined })

async function ledgerItems(): Promise<number> {
  const { Count } = await account.dynamo.send(
    new QueryCommand({
      TableName: 'tollgate-ledger',
      KeyConditionExpression: 'service = :service',
      ExpressionAttributeValues: { ':service': { S: 'prod/shop' } },
      ConsistentRead: true,
    }),
  )
  return Count ?? 0
}

describe('the template', () => {
  it('differs from the emulator’s by the types in not-on-emulator.json and by nothing else', () => {
    const removed = new Set<string>()
    for (const stack of ['Code', 'Data'] as const) {
      const [before, after] = [template(synthesized, stack).Resources, template(deployed, stack).Resources]
      for (const [id, resource] of Object.entries(before)) {
        const { DependsOn: _, ...rest } = resource
        const { DependsOn: __, ...left } = after[id] ?? { Type: 'removed' }
        if (after[id] === undefined) removed.add(resource.Type)
        else expect(left).toEqual(rest)
      }
      expect(Object.keys(after).filter((id) => before[id] === undefined)).toEqual([])
    }
    expect([...removed].sort()).toEqual(Object.keys(NOT_ON_EMULATOR).sort())
    for (const reason of Object.values(NOT_ON_EMULATOR)) expect(reason.length).toBeGreaterThan(20)
  })

  it('cannot leave out what something else needs', () => {
    const alarm = { Type: 'AWS::CloudWatch::Alarm' }
    const waits = { Type: 'AWS::SNS::Topic', DependsOn: ['Alarm', 'Other'] }
    expect(forEmulator({ Resources: { Alarm: alarm, Topic: waits } }).Resources).toEqual({
      Topic: { Type: 'AWS::SNS::Topic', DependsOn: ['Other'] },
    })
    for (const needs of [
      { Ref: 'Alarm' },
      { 'Fn::GetAtt': ['Alarm', 'Arn'] },
      { 'Fn::Sub': `see ${'$'}{Alarm.Arn}` },
    ]) {
      const topic = { Type: 'AWS::SNS::Topic', Properties: { DisplayName: needs } }
      expect(() => forEmulator({ Resources: { Alarm: alarm, Topic: topic } })).toThrow(/Alarm is left out/)
    }
  })
})

describe('the bundles', () => {
  it('start under the Lambda runtime with the variables and the layer of the stack, far below 512 MB', async () => {
    const figures = await measureBundles(bundlesOf(at('first')), 3)
    console.log(bundleTable(figures))
    for (const { peakMib } of figures) expect(peakMib).toBeLessThan(512 / 2)
  })

  it('name the lines of their sources in a stack trace', async () => {
    const bundle = bundlesOf(at('first')).find(({ name }) => name === 'tollgate-attribute-spans')
    if (bundle === undefined) throw new Error('attribute-spans is not in the assembly')
    const lambda = await startLambda(bundle)
    const invocation = await lambda.invoke({ Records: [] })
    await lambda.close()
    if (invocation.ok) throw new Error('it took an event of another service')
    expect(invocation.error.errorType).toBe('NotAKafkaEvent')
    expect(invocation.error.trace?.join('\n')).toMatch(/functions\/attribute-spans\/kafka-event\.ts:\d+/)
  })
})

describe('from an empty account', () => {
  it('cdk deploy fails and says why where the price list cannot be had', async () => {
    await account.sqs('CreateQueue', { QueueName: QUEUE })
    await account.cdk(at('first'), 'bootstrap', `aws://${MINISTACK.account}/${MINISTACK.region}`)
    account.priceList.behave('denying')
    await expect(deploy('first')).rejects.toThrow(/prices could not be fetched|PriceRefreshFailed/)
    account.priceList.behave('well')
  })

  it('cdk deploy brings both stacks up, prices filled', async () => {
    account.priceList.publish(PUT_USD)
    const printed = await deploy('first')
    expect(printed).toContain('ApiUrl')
    expect(account.msk.made).toEqual([settings.topic])
    const unsigned = await account.get(new URL('/v1/prices', await output('tollgate', 'ApiUrl')), false)
    expect(unsigned.status).toBe(403)
    const { prices } = await api('/v1/prices?words=s3')
    expect(JSON.stringify(prices)).toContain(PUT_USD)
  })

  it('spans from Kafka are booked by the deployed function, to the last digit', async () => {
    polling = await pollForLambda(settings, kafka.brokers, PARTITIONS, (event) =>
      invoke(account.lambda, 'tollgate-attribute-spans', event),
    )
    polling.start()
    await sell(20)
    expect(await spentUsd()).toBe(multiplyUsd(ORDER_USD, orders))
  })

  it('the first alert arrives at the queue that the configuration subscribes', async () => {
    const { QueueUrl } = await account.sqs('GetQueueUrl', { QueueName: QUEUE })
    let body = ''
    for (const until = Date.now() + 200_000; body === '' && Date.now() < until; ) {
      const { Messages } = await account.sqs('ReceiveMessage', { QueueUrl, WaitTimeSeconds: 5 })
      body = (Messages as { readonly Body: string }[] | undefined)?.[0]?.Body ?? ''
      if (body === '') await pause(200)
    }
    expect(body, account.ministack.printed()).not.toBe('')
    const alert = JSON.parse(JSON.parse(body).Message)
    expect(alert).toMatchObject({ version: 1, service: 'prod/shop', environment: 'prod', mode: 'enforce' })
  })
})

describe('the deployed API', () => {
  it('tells gates of the service that has overspent', async () => {
    await expect.poll(async () => (await api('/v1/flags')).flags, JUDGED).toMatchObject([{ service: 'prod/shop' }])
  })
})

describe('the commands that a deploy tells to run next', () => {
  it('find every part of the system well but for what the emulator does not do', async () => {
    const { findings } = JSON.parse(await account.tollgate('doctor', '--stack', 'tollgate', '--json'))
    const unwell = (findings as { readonly part: string; readonly verdict: string; readonly found: string }[]).filter(
      ({ verdict }) => verdict !== 'ok',
    )
    expect(unwell.map(({ part, found }) => `${part}: ${found}`).sort()).toEqual(UNWELL_ON_EMULATOR)
  })

  it('send a span through the topic to its cent and its judgement', async () => {
    const { topic } = settings
    const smoke = ['smoke', '--stack', 'tollgate', '--brokers', kafka.brokers, '--topic', topic]
    const stopped = { yet: false }
    const trading = sellUntil(stopped)
    const told = await account.tollgate(...smoke)
    stopped.yet = true
    await trading
    expect(told).toMatch(/booked .*\n.*alerted .*\n.*removed/s)
  }, 500_000)

  it('show who spends', async () => {
    expect(await account.tollgate('top', '--stack', 'tollgate', '--once')).toContain('prod/shop')
  })
})

describe('a deploy of what runs already', () => {
  it('with another budget changes the configuration, and nothing else', async () => {
    synthesizeInto(at('changed'), ownCluster('250'), at('work'))
    transformForEmulator(at('changed'))
    const [code, data] = [await codeOfFunctions(), await tables()]
    const spent = await spentUsd()
    expect(changedBetween('first', 'changed')).toEqual([
      'AWS::Lambda::LayerVersion',
      'AWS::Lambda::Version',
      'Custom::Trigger',
    ])
    await deploy('changed')
    expect(await codeOfFunctions()).toEqual(code)
    expect(await tables()).toEqual(data)
    expect(await spentUsd()).toBe(spent)
    // The next close judges by the new limit, business as usual.
    const limit = async (): Promise<string> => {
      await sell(1)
      return (await api('/v1/budgets')).budgets[0]?.figures.limitUsd
    }
    await expect.poll(limit, JUDGED).toBe('250')
  })

  it('with the next version loses nothing, and goes on where the version before it stopped', async () => {
    nextVersionOf(at('changed'), at('next'))
    const [code, data] = [await codeOfFunctions(), await tables()]
    await deploy('next')
    const next = await codeOfFunctions()
    for (const [name, hash] of Object.entries(code)) expect(next[name]).not.toBe(hash)
    expect(await tables()).toEqual(data)
    await sell(3)
    expect(await spentUsd()).toBe(multiplyUsd(ORDER_USD, orders))
  })

  it('books nothing twice when all of the topic comes again', async () => {
    const again = await pollForLambda({ ...settings, group: 'from-the-start' }, kafka.brokers, PARTITIONS, (event) =>
      invoke(account.lambda, 'tollgate-attribute-spans', event),
    )
    await again.drain()
    await again.close()
    expect(await spentUsd()).toBe(multiplyUsd(ORDER_USD, orders))
  })
})

describe('cdk destroy', () => {
  it('takes the code away, refuses what holds data, and leaves the data even where it is made to', async () => {
    const items = await ledgerItems()
    await account.cdk(at('next'), 'destroy', 'Code', '--force')
    expect(Object.keys(await codeOfFunctions())).toEqual([])
    await expect(account.cdk(at('next'), 'destroy', 'Data', '--force')).rejects.toThrow(/[Tt]ermination ?[Pp]rotection/)
    await account.cloudFormation.send(
      new UpdateTerminationProtectionCommand({ StackName: 'tollgate-data', EnableTerminationProtection: false }),
    )
    await account.cdk(at('next'), 'destroy', 'Data', '--force')
    expect(await ledgerItems()).toBe(items)
    expect(items).toBeGreaterThan(0)
  })

  it('can be gone back on: a new stack takes the tables that are there, rows and all', async () => {
    const items = await ledgerItems()
    await account.cdk(at('next'), 'deploy', 'Data', '--require-approval', 'never', '--import-existing-resources')
    expect(await output('tollgate-data', 'LedgerTable')).toBe('tollgate-ledger')
    expect(await ledgerItems()).toBe(items)
  })
})
