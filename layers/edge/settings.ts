import { regionOfApi } from '../core/identity/api-region.ts'
import { serviceIdentity } from '../core/identity/service.ts'

/** What an application may say; what it leaves out comes from the environment. */
export interface EdgeOptions {
  /** Where the documents are: `tollgate gate` beside the service, or Tollgate's HTTP API. `TOLLGATE_URL`. */
  readonly url?: string
  /** The service's identity, as the ledger has it (`prod/checkout`). Else what its spans' resource says. `TOLLGATE_SERVICE`. */
  readonly service?: string
  /** Gets one line when the state of a document changes; the default writes it to stderr. */
  readonly log?: (line: string) => void
}

/** What an edge runs with. */
export interface EdgeSettings {
  /** Ends without a slash; undefined where none is configured, or none that is an address. */
  readonly url: string | undefined
  /** The region to sign for; undefined where nothing is signed. */
  readonly signRegion: string | undefined
  readonly service: string | undefined
  /** Who the environment says that this is, as OpenTelemetry's SDK reads it. */
  readonly ambientService: string
  readonly isLambda: boolean
  readonly log: (line: string) => void
}

type Environment = Readonly<Record<string, string | undefined>>

/** `tollgate gate` listens there. A Lambda function has nothing beside it. */
const GATE = 'http://127.0.0.1:9191'

/** The settings of a process. Never throws: an address that is none counts as not configured, and is logged. */
export function edgeSettings(options: EdgeOptions, environment: Environment): EdgeSettings {
  const isLambda = environment.AWS_LAMBDA_FUNCTION_NAME !== undefined
  const log = quietly(options.log ?? ((line) => void process.stderr.write(`${line}\n`)))
  const said = options.url ?? environment.TOLLGATE_URL ?? (isLambda ? undefined : GATE)
  const url = said === undefined ? undefined : httpUrl(said)
  if (url === undefined) log(`tollgate edge: ${said === undefined ? 'set' : 'no http(s) address in'} TOLLGATE_URL`)
  return {
    url: url?.href.replace(/\/+$/, ''),
    signRegion: environment.TOLLGATE_SIGN_REGION ?? (url === undefined ? undefined : regionOfApi(url.hostname)),
    service: options.service ?? environment.TOLLGATE_SERVICE,
    ambientService: serviceIdentity(ambientAttributes(environment)).service,
    isLambda,
    log,
  }
}

/** A log that throws must not take the process along. */
function quietly(log: (line: string) => void): (line: string) => void {
  return (line) => {
    try {
      log(line)
    } catch {
      // There is no one left to tell.
    }
  }
}

function httpUrl(said: string): URL | undefined {
  const url = URL.canParse(said) ? new URL(said) : undefined
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : undefined
}

/** OpenTelemetry specification, resource SDK: OTEL_RESOURCE_ATTRIBUTES, percent-encoded, and OTEL_SERVICE_NAME above it. */
function ambientAttributes(environment: Environment): Readonly<Record<string, string>> {
  const pairs = (environment.OTEL_RESOURCE_ATTRIBUTES ?? '').split(',').flatMap((pair) => {
    const [key = '', value = ''] = pair.split('=', 2)
    return [[key.trim(), decoded(value.trim())] as const]
  })
  const name = environment.OTEL_SERVICE_NAME ?? environment.AWS_LAMBDA_FUNCTION_NAME
  const attributes = Object.fromEntries(pairs)
  const isNamed = environment.OTEL_SERVICE_NAME === undefined && attributes['service.name'] !== undefined
  return isNamed || name === undefined ? attributes : { ...attributes, 'service.name': name }
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
