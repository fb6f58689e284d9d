import { Duration, Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import type { Configuration } from '../layers/core/configuration.ts'
import {
  accessToAlerts,
  accessToDeadLetters,
  accessToMetrics,
  accessToParked,
  accessToPriceList,
  accessToTable,
} from './access.ts'
import { alarms } from './alarms.ts'
import { ALERT_CHANGES, FLAG_CHANGES, followBudgets } from './budget-stream.ts'
import { configurationLayer } from './configuration-layer.ts'
import { dashboard } from './dashboard.ts'
import type { DataStack } from './data-stack.ts'
import { edgeLayer } from './edge-layer.ts'
import { type FunctionName, type FunctionProps, tollgateFunction } from './function.ts'
import { tollgateApi } from './http-api.ts'
import { outputs } from './outputs.ts'
import { ownResources } from './own-resources.ts'
import { everyHour, everyMinute, onDeploy } from './schedules.ts'
import { readSpans } from './span-mapping.ts'
import { accessToTopicOperations, topicOnDeploy } from './topic-operations.ts'

export interface CodeStackProps extends StackProps {
  readonly configuration: Configuration
  readonly data: DataStack
}

/** What runs: the picture of docs/architecture.md, left to right. Nothing here holds data. */
export class CodeStack extends Stack {
  constructor(scope: Construct, id: string, { configuration, data, ...props }: CodeStackProps) {
    super(scope, id, props)
    const { name } = configuration
    const layer = configurationLayer(this, 'Configuration', configuration)
    const fn = (function_: FunctionName, its: Omit<FunctionProps, 'deployment' | 'configuration'>) =>
      tollgateFunction(this, function_, { deployment: name, configuration: layer, ...its })

    const priceList = accessToPriceList()
    const prices = accessToTable('PRICES_TABLE', data.tables.prices)
    const ledger = accessToTable('LEDGER_TABLE', data.tables.ledger)
    const budgets = accessToTable('BUDGETS_TABLE', data.tables.budgets)
    const flags = accessToTable('FLAGS_TABLE', data.tables.flags)
    const deadLetters = accessToDeadLetters(data.deadLetters)
    const alerts = accessToAlerts(data.alerts)

    const refreshPrices = fn('refresh-prices', {
      does: 'Price List -> Prices',
      memoryMib: 512,
      timeout: Duration.minutes(3),
      reads: [priceList, prices('GetItem', 'Query')],
      writes: [prices('PutItem', 'BatchWriteItem')],
    })
    everyMinute(refreshPrices, 'refresh-prices skips itself until a refresh is due, and so retries each minute')
    onDeploy(refreshPrices, Duration.minutes(3))

    const attributeSpans = fn('attribute-spans', {
      does: 'Spans -> rated, priced, booked in the Ledger',
      memoryMib: 1769, // a whole vCPU: less saves a hundredth of what its writes cost (docs/cost.md), and is slower
      timeout: Duration.minutes(1),
      reads: [prices('GetItem', 'Query'), ledger('GetItem', 'Query'), budgets('GetItem', 'Query')],
      writes: [ledger('PutItem', 'UpdateItem'), budgets('PutItem', 'UpdateItem'), deadLetters],
    })

    const closeWindows = fn('close-windows', {
      does: 'Ledger -> budgets judged, window by window',
      memoryMib: 1024,
      timeout: Duration.seconds(75), // six passes ten seconds apart, and the last one's work
      reads: [ledger('Query'), prices('GetItem', 'Query'), budgets('GetItem', 'Query')],
      writes: [budgets('PutItem', 'UpdateItem')],
    })
    everyMinute(closeWindows, 'close-windows closes the windows that silence leaves open')

    const settleParked = fn('settle-parked', {
      does: 'Parked usage -> money, where a price has come',
      memoryMib: 512,
      timeout: Duration.seconds(50), // over before the next minute's call, so that two seldom meet
      reads: [accessToParked(data.tables.ledger), ledger('GetItem', 'Query'), prices('GetItem', 'Query')],
      writes: [ledger('PutItem', 'UpdateItem')],
    })
    everyMinute(settleParked, 'settle-parked books parked usage whose price has come')

    const rollUpDays = fn('roll-up-days', {
      does: 'Hourly rows -> a row a day, kept for months',
      memoryMib: 1024,
      timeout: Duration.minutes(10),
      reads: [ledger('GetItem', 'Query'), budgets('Query')],
      writes: [ledger('PutItem')],
    })
    everyHour(rollUpDays, 'roll-up-days does a night once; the calls after that go on where one was cut')

    const publishThrottle = fn('publish-throttle', {
      does: 'A judged budget -> its flag',
      memoryMib: 256,
      timeout: Duration.seconds(30),
      reads: [flags('GetItem')],
      writes: [flags('PutItem')],
    })
    followBudgets(publishThrottle, data.tables.budgets, FLAG_CHANGES)

    const publishAlert = fn('publish-alert', {
      does: 'A judged budget -> a message to people',
      memoryMib: 256,
      timeout: Duration.seconds(30),
      reads: [ledger('Query'), flags('GetItem'), budgets('Query')],
      writes: [flags('PutItem', 'UpdateItem'), alerts],
    })
    // What one close writes comes as one batch, so that a storm is one message.
    followBudgets(publishAlert, data.tables.budgets, ALERT_CHANGES, Duration.seconds(5))

    const changeBudget = fn('change-budget', {
      does: 'POST /v1/budgets/changes: an override, a grant, or the end of both',
      memoryMib: 256,
      timeout: Duration.seconds(10),
      reads: [budgets('GetItem')],
      writes: [budgets('PutItem')],
    })
    const throttleGate = fn('throttle-gate', {
      does: 'GET /v1/flags: all flags in one document',
      memoryMib: 256,
      timeout: Duration.seconds(5),
      reads: [flags('Query')],
    })
    const exploreCosts = fn('explore-costs', {
      does: 'GET /v1/spend, /v1/coverage, /v1/audit, /v1/budgets, /v1/prices: what was spent, by whom, and at which prices',
      memoryMib: 1024,
      timeout: Duration.seconds(29), // the HTTP API waits for 30
      reads: [ledger('Query'), budgets('Query'), flags('Query'), prices('GetItem', 'Query')],
    })
    const createTopic = fn('create-topic', {
      does: 'MSK: the span topic made, or checked, by the deploy',
      memoryMib: 256,
      timeout: Duration.minutes(5),
      writes: accessToTopicOperations(data.spans),
    })
    topicOnDeploy(createTopic, data.spans)

    // Last: what makes the topic, prices, closes, settles, throttles and tells is there before the first span is read.
    const first = [createTopic, refreshPrices, closeWindows, settleParked, publishThrottle, publishAlert]
    readSpans(attributeSpans, data.spans, first)

    const api = tollgateApi(this, 'Api', {
      name,
      api: configuration.api,
      routes: {
        'GET /v1/flags': throttleGate,
        'GET /v1/spend': exploreCosts,
        'GET /v1/coverage': exploreCosts,
        'GET /v1/audit': exploreCosts,
        'GET /v1/budgets': exploreCosts,
        'GET /v1/budgets/events': exploreCosts,
        'GET /v1/minutes': exploreCosts,
        'GET /v1/prices': exploreCosts,
        'GET /v1/prices/book': exploreCosts,
        'POST /v1/budgets/changes': changeBudget,
      },
    })

    const metered = {
      'create-topic': createTopic,
      'refresh-prices': refreshPrices,
      'attribute-spans': attributeSpans,
      'close-windows': closeWindows,
      'settle-parked': settleParked,
      'roll-up-days': rollUpDays,
      'publish-throttle': publishThrottle,
      'publish-alert': publishAlert,
      'change-budget': changeBudget,
      'throttle-gate': throttleGate,
      'explore-costs': exploreCosts,
    }

    const meterItself = fn('meter-itself', {
      does: "CloudWatch's counts of these functions and tables -> Tollgate's own rows in the Ledger",
      memoryMib: 256,
      timeout: Duration.minutes(1),
      reads: [accessToMetrics(), prices('GetItem', 'Query'), ledger('GetItem', 'Query'), budgets('Query')],
      writes: [ledger('PutItem', 'UpdateItem'), budgets('PutItem')],
      variables: { TOLLGATE_OWN_RESOURCES: JSON.stringify(ownResources(configuration, metered)) },
    })
    everyHour(meterItself, 'meter-itself books what the deployment itself has cost')

    const rung = alarms(this, {
      configuration,
      to: data.alerts,
      functions: { ...metered, 'meter-itself': meterItself },
      disksUsed: data.spans.madeCluster?.disksUsed ?? [],
    })
    dashboard(this, name, rung)
    outputs(this, {
      ApiUrl: api.apiEndpoint,
      GateUrl: `${api.apiEndpoint}/v1/flags`,
      EdgeLayer: edgeLayer(this, 'Edge', name).layerVersionArn,
      AttributeSpansFunction: attributeSpans.functionName,
      RefreshPricesFunction: refreshPrices.functionName,
      // A deploy prints its outputs sorted: what to run next, in the order to run it.
      Next1: `npx tollgate doctor --stack ${name}`,
      Next2: `npx tollgate smoke --stack ${name}`,
      Next3: `npx tollgate top --stack ${name}`,
    })
  }
}
