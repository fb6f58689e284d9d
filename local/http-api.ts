import type { IncomingMessage, ServerResponse } from 'node:http'
import type { APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { BodyTooLarge, readBody } from './http.ts'

/** A function behind the HTTP API: API Gateway's payload format 2.0 in, its structured result out. */
export type HttpFunction = (
  event: APIGatewayProxyEventV2WithIAMAuthorizer,
) => Promise<APIGatewayProxyStructuredResultV2>

/** Routes as the stack spells them: `GET /v1/spend`. */
export type HttpRoutes = Readonly<Record<string, HttpFunction>>

/** An HTTP API takes 10 MB; nothing here needs more than this. */
const BODY_MAX_BYTES = 64 * 1024
/** Whom AWS would say has signed the request: everybody on this machine is the same caller. */
const LOCAL_CALLER = {
  accessKey: 'local',
  accountId: '000000000000',
  callerId: 'local',
  cognitoIdentity: null,
  principalOrgId: '',
  userArn: 'arn:aws:iam::000000000000:user/local',
  userId: 'local',
}

/** Makes a node:http listener that calls the routes' functions as API Gateway's HTTP API would. */
export function httpApi(routes: HttpRoutes, reportError: (error: unknown) => void) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const event = eventOf(request)
    const route = routes[event.routeKey]
    if (route === undefined) {
      const paths = Object.keys(routes).join(', ')
      respond(response, { statusCode: 404, body: JSON.stringify({ message: `Not Found. There are: ${paths}` }) })
      return
    }
    readBody(request, BODY_MAX_BYTES)
      .then((body) => route({ ...event, body: body.toString('utf8') }))
      .then((result) => respond(response, result))
      .catch((error: unknown) => {
        if (error instanceof BodyTooLarge) {
          respond(response, { statusCode: 413, body: JSON.stringify({ message: 'Request Entity Too Large' }) })
          return
        }
        reportError(error)
        respond(response, { statusCode: 500, body: JSON.stringify({ message: 'Internal Server Error' }) })
      })
  }
}

function eventOf(request: IncomingMessage): APIGatewayProxyEventV2WithIAMAuthorizer {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const method = request.method ?? 'GET'
  const routeKey = `${method} ${url.pathname}`
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
  return {
    version: '2.0',
    routeKey,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers,
    queryStringParameters: Object.fromEntries(url.searchParams),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      authorizer: { iam: LOCAL_CALLER },
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: {
        method,
        path: url.pathname,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: 'local',
      routeKey,
      stage: '$default',
      time: '',
      timeEpoch: 0,
    },
    isBase64Encoded: false,
  }
}

function respond(response: ServerResponse, result: APIGatewayProxyStructuredResultV2): void {
  const headers = Object.fromEntries(
    Object.entries(result.headers ?? {}).map(([name, value]) => [name, String(value)] as const),
  )
  response.writeHead(result.statusCode ?? 200, { 'content-type': 'application/json', ...headers })
  response.end(result.body)
}
