/** Who asks: it decides how the answer has to look. */
export type Dialect = 'envoy' | 'nginx' | 'decide'

/** What a proxy asks for. */
export interface GatePath {
  readonly dialect: Dialect
  /** Undefined where neither the path nor the header names one. */
  readonly service: string | undefined
  /** The path that the client asked for, without its query, where the proxy puts it into its question. */
  readonly original?: string | undefined
}

const DIALECTS: readonly string[] = ['envoy', 'nginx', 'decide'] satisfies Dialect[]
/** Stands where the header names the service. */
const NOT_IN_PATH = '-'
const SERVICE_LENGTH_MAX = 400

/**
 * Reads the target of a request to the gate: `/envoy/<service>/<original path>`, `/nginx/<service>`,
 * `/decide/<service>`; any other asks in plain JSON about no service, which is admitted: a proxy that is configured with
 * a wrong path must not refuse everybody. The service is percent-encoded, since identities hold slashes; where
 * nothing follows it, plain slashes do, too. `-` or nothing: `header`, the value of `x-tollgate-service`, names it. The
 * path goes first, because a proxy may pass on the header of a stranger who would like to be another service.
 */
export function parseGatePath(target: string, header: string | undefined): GatePath {
  const query = target.indexOf('?')
  const [, dialect = '', first = '', ...rest] = (query < 0 ? target : target.slice(0, query)).split('/')
  if (!isDialect(dialect)) return { dialect: 'decide', service: undefined }
  const encoded = dialect === 'envoy' || rest.length === 0 ? first : [first, ...rest].join('/')
  const named = encoded === '' || encoded === NOT_IN_PATH ? header : decoded(encoded)
  return {
    dialect,
    service: named === '' || (named?.length ?? 0) > SERVICE_LENGTH_MAX ? undefined : named,
    ...(dialect === 'envoy' && { original: `/${rest.join('/')}` }),
  }
}

const isDialect = (text: string): text is Dialect => DIALECTS.includes(text)

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
