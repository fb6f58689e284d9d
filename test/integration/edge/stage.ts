import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { configurationSchema } from '../../../layers/core/configuration.ts'
import { realSleep, systemClock } from '../../../local/clock.ts'
import { startDynamoDb } from '../../../local/dynamodb/server.ts'
import { type LocalSystem, startLocalSystem } from '../../../local/system.ts'
import { SHIPPED } from '../collector/configuration.ts'
import { startForwardingCollector } from '../collector/forwarding-collector.ts'
import { makeProject } from './project.ts'
import { type SpanTap, startSpanTap } from './span-tap.ts'

/** Everything around the applications: what `tollgate dev` starts, their DynamoDB, a Collector, and their project. */
export interface Stage {
  readonly system: LocalSystem
  /** The folder that the applications are started in. */
  readonly project: string
  /** What arrived at the system, by whatever road. */
  readonly spans: SpanTap['spans']
  /** By which spans get to the system. */
  readonly roads: { readonly direct: string; readonly collector: string }
  /** The variables of a service of that name. */
  environment(service: string, road?: keyof Stage['roads']): Readonly<Record<string, string>>
  close(): Promise<void>
}

/** A service's own rate, as far as it is no Lambda function. */
const CONFIGURATION = configurationSchema.parse({
  rates: [{ service: '*', usdPerMs: '0.000001' }],
  defaultBudget: { service: '*', exempt: ['GET /healthz'] },
})

export async function setStage(): Promise<Stage> {
  const opened = new AsyncDisposableStack()
  try {
    return await openStage(opened)
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
}

async function openStage(opened: AsyncDisposableStack): Promise<Stage> {
  const clock = systemClock()
  const system = await startLocalSystem({
    ...{ configuration: CONFIGURATION, clock, sleep: realSleep, ports: { otlp: 0, api: 0 }, expires: false },
    report: (what, error) => console.error(what, error),
  })
  opened.defer(system.close)
  const dynamodb = await startDynamoDb({ clock, sleep: realSleep })
  opened.defer(dynamodb.close)
  await createOrders(dynamodb.endpoint)
  const tap = await startSpanTap(system.otlpUrl)
  opened.defer(tap.close)
  const collector = await startForwardingCollector([SHIPPED], tap.url)
  opened.defer(collector.close)
  const project = await makeProject()
  opened.defer(project.remove)
  const roads = { direct: tap.url, collector: collector.otlpUrl }
  return {
    ...{ system, project: project.folder, roads, spans: tap.spans, close: () => opened.disposeAsync() },
    environment: (service, road = 'direct') => ({
      OTEL_SERVICE_NAME: service,
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod,cloud.region=us-east-1,service.version=a1b2c3d',
      OTEL_EXPORTER_OTLP_ENDPOINT: roads[road],
      OTEL_BSP_SCHEDULE_DELAY: '50',
      TOLLGATE_URL: system.apiUrl,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
      ...AWS,
    }),
  }
}

const AWS = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' }

async function createOrders(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials })
  await client.send(
    new CreateTableCommand({
      TableName: 'orders',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  )
  client.destroy()
}
