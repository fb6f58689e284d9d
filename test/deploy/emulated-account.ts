import { execFile } from 'node:child_process'
import { request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { createRequestSigner } from '../../layers/adapters/request-signer.ts'
import { type PriceListServer, startPriceListServer } from '../functions/refresh-prices/price-list-server.ts'
import { MINISTACK, type MiniStack, startMiniStack } from '../integration/engines/ministack.ts'
import { type MskApi, startMskApi } from './msk-api.ts'

const run = promisify(execFile)
/** A deploy that waits for longer waits for something that does not come. */
const CDK_MS = 200_000
const LOCALHOST_NAMES = fileURLToPath(new URL('localhost-names.cjs', import.meta.url))
const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))

/**
 * An AWS account that is empty when it is made: MiniStack, and what it has not: a Price List, MSK's topic operations on a
 * real Kafka.
 */
export interface EmulatedAccount {
  readonly ministack: MiniStack
  /** Variables of a program that talks to this account. */
  readonly environment: Readonly<Record<string, string>>
  readonly priceList: PriceListServer
  readonly msk: MskApi
  readonly cloudFormation: CloudFormationClient
  readonly lambda: LambdaClient
  readonly dynamo: DynamoDBClient
  /** The CDK's command line on a cloud assembly; answers with all that it printed. Rejects where it fails. */
  cdk(assembly: string, ...args: readonly string[]): Promise<string>
  /** A command of Tollgate's own, as a user of the account runs it: its standard output, whether it succeeds or not. */
  tollgate(...args: readonly string[]): Promise<string>
  /** `POST` of an SQS action (AWS JSON 1.0), its answer. */
  sqs(action: string, input: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>
  /** GET from a deployed HTTP API, signed with the account's credentials or not at all. */
  get(url: URL, signed: boolean): Promise<{ readonly status: number; readonly body: string }>
  close(): Promise<void>
}

/** `brokers`: of the Kafka that is the MSK cluster of that ARN. */
export async function openEmulatedAccount(clusterArn: string, brokers: string): Promise<EmulatedAccount> {
  const priceList = await startPriceListServer()
  const msk = await startMskApi(clusterArn, brokers)
  const ministack = await startMiniStack({
    functions: { AWS_ENDPOINT_URL_PRICING: priceList.endpoint, AWS_ENDPOINT_URL_KAFKA: msk.endpoint },
  })
  const { endpoint } = ministack
  const environment = {
    ...ministack.environment,
    AWS_ENDPOINT_URL_KAFKA: msk.endpoint,
    NODE_OPTIONS: `--require ${LOCALHOST_NAMES}`,
  }
  const client = {
    endpoint,
    region: MINISTACK.region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  }
  const sign = createRequestSigner(client.region, client.credentials)
  return {
    ministack,
    environment,
    priceList,
    msk,
    cloudFormation: new CloudFormationClient(client),
    lambda: new LambdaClient(client),
    dynamo: new DynamoDBClient(client),
    cdk: (assembly, ...args) => cdk(ministack.environment, assembly, args),
    tollgate: async (...args) => {
      const env = { ...process.env, ...environment }
      const command = run(process.execPath, ['cli/tollgate.ts', ...args], { cwd: REPOSITORY, env })
      const { stdout } = await command.catch((error: { readonly stdout: string }) => error)
      return stdout
    },
    sqs: async (action, input) => {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` },
        body: JSON.stringify(input),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${action}: ${response.status} ${text}`)
      return JSON.parse(text || '{}') as Record<string, unknown>
    },
    get: async (url, signed) => getFrom(endpoint, url, signed ? await sign(url, {}) : {}),
    close: async () => {
      await ministack.close()
      await priceList.close()
      await msk.close()
    },
  }
}

async function cdk(environment: MiniStack['environment'], assembly: string, args: readonly string[]): Promise<string> {
  const given = [...args, '--app', assembly, '--no-notices', '--ci', '--no-color']
  const { stdout } = await run('npx', ['cdk', ...given], {
    cwd: REPOSITORY,
    env: { ...process.env, ...environment, CDK_DISABLE_CLI_TELEMETRY: 'true' },
    maxBuffer: 64 * 2 ** 20,
    timeout: CDK_MS,
  })
  return stdout
}

/** The emulator tells APIs apart by the host of the request; their names resolve nowhere. */
function getFrom(
  endpoint: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(endpoint)
    const path = `${url.pathname}${url.search}`
    request({ hostname, port, path, headers: { ...headers, host: url.host } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
    })
      .on('error', reject)
      .end()
  })
}
