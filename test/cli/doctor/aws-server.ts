import type { IncomingMessage, ServerResponse } from 'node:http'
import { type LoopbackServer, listenOnLoopback, readBody, send } from '../../../local/http.ts'

/** What the services tell; a test writes into it while they run. */
export interface ToldAccount {
  readonly table: {
    DeletionProtectionEnabled: boolean
    /** Of DescribeTimeToLive. */
    TimeToLiveStatus: string
    StreamSpecification: { StreamEnabled: boolean; StreamViewType?: string }
  }
  readonly mapping: { State: string; LastProcessingResult: string; Topics: string[] }
  /** ARNs, or `PendingConfirmation`. */
  readonly subscriptions: string[]
  /** Calls that are refused: `DescribeTable`, `event-source-mappings`, `ListSubscriptionsByTopic`. */
  readonly denied: Set<string>
}

/** DynamoDB, Lambda and SNS on one loopback address, as far as the doctor asks them, in their own protocols. */
export function startAws(told: ToldAccount): Promise<LoopbackServer> {
  return listenOnLoopback(async (request, response) => {
    const body = String(await readBody(request, 100_000))
    const target = request.headers['x-amz-target']
    if (typeof target === 'string') dynamodb(told, target.split('.')[1] ?? '', response)
    else if (request.url?.startsWith('/2015-03-31/event-source-mappings')) lambda(told, request, response)
    else sns(told, new URLSearchParams(body).get('Action') ?? '', response)
  })
}

const json = (response: ServerResponse, status: number, body: object, headers = {}): void =>
  send(response, status, { 'content-type': 'application/json', ...headers }, JSON.stringify(body))

function dynamodb({ table, denied }: ToldAccount, operation: string, response: ServerResponse): void {
  const { TimeToLiveStatus, ...described } = table
  const answers: Readonly<Record<string, object>> = {
    DescribeTable: { Table: { TableStatus: 'ACTIVE', ...described } },
    DescribeTimeToLive: { TimeToLiveDescription: { TimeToLiveStatus, AttributeName: 'expiresAt' } },
    DescribeContinuousBackups: {
      ContinuousBackupsDescription: {
        ContinuousBackupsStatus: 'ENABLED',
        PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' },
      },
    },
  }
  if (denied.has(operation)) json(response, 400, { __type: 'com.amazon.coral.service#AccessDeniedException' })
  else json(response, 200, answers[operation] ?? {})
}

function lambda({ mapping, denied }: ToldAccount, request: IncomingMessage, response: ServerResponse): void {
  if (denied.has('event-source-mappings')) {
    json(response, 403, { Message: 'no' }, { 'x-amzn-errortype': 'AccessDeniedException' })
    return
  }
  const isAsked =
    new URL(request.url ?? '', 'http://lambda').searchParams.get('FunctionName') === 'shop-attribute-spans'
  json(response, 200, { EventSourceMappings: isAsked ? [{ UUID: 'm1', ...mapping }] : [] })
}

function sns({ subscriptions, denied }: ToldAccount, action: string, response: ServerResponse): void {
  const xml = (status: number, text: string): void => send(response, status, { 'content-type': 'text/xml' }, text)
  if (denied.has(action)) {
    xml(403, '<ErrorResponse><Error><Code>AuthorizationError</Code><Message>no</Message></Error></ErrorResponse>')
    return
  }
  const members = subscriptions.map(
    (arn, i) =>
      `<member><Protocol>email</Protocol><Endpoint>p${i}@example.com</Endpoint><SubscriptionArn>${arn}</SubscriptionArn></member>`,
  )
  const result = `<Subscriptions>${members.join('')}</Subscriptions>`
  xml(200, `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`)
}
