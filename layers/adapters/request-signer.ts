import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { Sha256 } from '@smithy/core/checksum'
import { SignatureV4 } from '@smithy/signature-v4'

/** Answers with the given headers and those that sign a GET of `url`. */
export type SignGet = (url: URL, headers: Readonly<Record<string, string>>) => Promise<Readonly<Record<string, string>>>

/** Signs a GET, or, given a body, a POST of it. */
export type SignRequest = (
  url: URL,
  headers: Readonly<Record<string, string>>,
  body?: string,
) => Promise<Readonly<Record<string, string>>>

/** Where credentials come from; the default looks where the SDK and the AWS CLI look. */
type Credentials = ConstructorParameters<typeof SignatureV4>[0]['credentials']

/**
 * Signs requests to an HTTP API with IAM authorization (Signature Version 4, service `execute-api`).
 * @throws the credential provider's error, when there are no credentials.
 */
export function createRequestSigner(region: string, credentials: Credentials = defaultProvider()): SignRequest {
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 })
  return async (url, headers, body) => {
    const signed = await signer.sign({
      method: body === undefined ? 'GET' : 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...headers, host: url.host },
      ...(body !== undefined && { body }),
    })
    // fetch writes the host itself, the same one.
    const { host: _, ...rest } = signed.headers
    return rest
  }
}
