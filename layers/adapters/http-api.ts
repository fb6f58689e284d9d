import * as z from 'zod'

/** What a function reads of a request that an HTTP API passes on. */
export interface HttpApiRequest {
  /** Upper case. */
  readonly method: string
  readonly path: string
  /** Decoded; a parameter given twice is one value joined by a comma. */
  readonly query: Readonly<Record<string, string>>
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** '' where there is none. */
  readonly body: string
  /** The ARN of whoever signed the request; undefined where the route asks for no signature. */
  readonly caller: string | undefined
}

/** An answer in the HTTP API's payload format 2.0. */
export interface HttpApiResult {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The event did not come from an HTTP API with payload format 2.0. */
export class NotAnHttpApiEvent extends Error {
  override readonly name = 'NotAnHttpApiEvent'
  constructor(what: string) {
    super(
      `not an event of an HTTP API with payload format 2.0: ${what}. Check which trigger is mapped to the function.`,
    )
  }
}

const eventSchema = z.object({
  version: z.literal('2.0'),
  rawPath: z.string(),
  queryStringParameters: z.record(z.string(), z.string()).nullish(),
  headers: z.record(z.string(), z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
  requestContext: z.object({
    http: z.object({ method: z.string() }),
    stage: z.string().optional(),
    authorizer: z.object({ iam: z.object({ userArn: z.string() }).nullish() }).nullish(),
  }),
})

/**
 * Parses the event of an HTTP API (Lambda guide, "services-apigateway", payload format 2.0). A named stage is taken off
 * the path, which API Gateway leaves on.
 * @throws NotAnHttpApiEvent
 */
export function parseHttpApiEvent(event: unknown): HttpApiRequest {
  const parsed = eventSchema.safeParse(event)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new NotAnHttpApiEvent(`"${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'unreadable'}`)
  }
  const { rawPath, queryStringParameters, headers, body, isBase64Encoded, requestContext } = parsed.data
  const stage = `/${requestContext.stage ?? '$default'}`
  return {
    method: requestContext.http.method.toUpperCase(),
    path: rawPath.startsWith(`${stage}/`) ? rawPath.slice(stage.length) : rawPath,
    query: queryStringParameters ?? {},
    headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
    body: isBase64Encoded === true ? Buffer.from(body ?? '', 'base64').toString('utf8') : (body ?? ''),
    caller: requestContext.authorizer?.iam?.userArn,
  }
}

/** An answer as JSON that no cache keeps. */
export function jsonAnswer(body: unknown): HttpApiResult {
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  }
}

/** An error as RFC 9457 has it. `detail` says what to write instead; `more` are members of its own. */
export function problem(
  status: number,
  title: string,
  detail: string,
  more: {
    readonly headers?: Readonly<Record<string, string>>
    readonly members?: Readonly<Record<string, unknown>>
  } = {},
): HttpApiResult {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...more.headers },
    body: JSON.stringify({ type: 'about:blank', title, status, detail, ...more.members }),
  }
}
