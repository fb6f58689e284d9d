/** AWS knows the credentials no longer, or never did (the common errors of its APIs, and those of STS and of the SDK's own signing). */
const REFUSED_CREDENTIALS = [
  ...['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenRefreshRequired'],
  ...['InvalidClientTokenId', 'UnrecognizedClientException', 'InvalidAccessKeyId', 'AuthFailure'],
  ...['SignatureDoesNotMatch', 'InvalidSignatureException', 'IncompleteSignature'],
]
const DENIED = ['AccessDenied', 'AccessDeniedException', 'AuthorizationError', 'UnauthorizedOperation']
const OUT_OF_REACH = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]

const SIGN_IN = 'sign in again, for instance with "aws sso login", or take other credentials with AWS_PROFILE'

/** What the advice is told by: the members that the errors of AWS's SDK and of the Kafka client have beside a message. */
interface Known {
  readonly name: string
  readonly code: string
  /** The SDK puts `$metadata` on every error that a call of it ends with. */
  readonly isOfAws: boolean
}

const ADVICE: readonly (readonly [holds: (known: Known) => boolean, advice: string])[] = [
  [({ name }) => REFUSED_CREDENTIALS.includes(name), SIGN_IN],
  [({ name }) => name === 'CredentialsProviderError', SIGN_IN],
  [({ name }) => DENIED.includes(name), 'allow your identity that, or take another one with AWS_PROFILE'],
  [
    ({ isOfAws, name, code }) => isOfAws && (name === 'TimeoutError' || OUT_OF_REACH.includes(code)),
    'see that this machine reaches AWS, and that region and endpoint are right (AWS_REGION, AWS_ENDPOINT_URL, proxy)',
  ],
  [
    ({ code }) => code === 'PLT_KFK_NETWORK',
    'see that this machine reaches the brokers, by the address and port that are given',
  ],
]

/** What to do about an error whose own words, AWS's or the Kafka client's, do not say it. Undefined where nothing is known. */
export function whatToDo(error: unknown): string | undefined {
  for (const one of chainOf(error)) {
    const known = {
      name: one.name,
      code: String(Reflect.get(one, 'code')),
      isOfAws: Reflect.has(one, '$metadata'),
    }
    const found = ADVICE.find(([holds]) => holds(known))
    if (found !== undefined) return found[1]
  }
  return undefined
}

/** The error, what it gathers and what caused it. */
function chainOf(error: unknown): readonly Error[] {
  if (!(error instanceof Error)) return []
  const gathered: readonly unknown[] = error instanceof AggregateError ? error.errors : []
  return [error, ...gathered.flatMap(chainOf), ...chainOf(error.cause)]
}
