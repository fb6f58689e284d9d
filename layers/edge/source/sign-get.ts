import { createHash, createHmac } from 'node:crypto'

/** Answers with the given headers and those that sign a GET of `url`; undefined where there are no credentials. */
export type SignGet = (
  url: URL,
  headers: Readonly<Record<string, string>>,
) => Readonly<Record<string, string>> | undefined

const ALGORITHM = 'AWS4-HMAC-SHA256'
const SERVICE = 'execute-api'
const NO_BODY = createHash('sha256').update('').digest('hex')

/**
 * Signs GETs of an HTTP API with IAM authorization: Signature Version 4 (IAM user guide, "Create a signed AWS API request"), with
 * the credentials that Lambda puts into the environment, read anew each time. `now`: epoch ms. For URLs without a query and with a path
 * of unreserved characters, as the edge's are; `test/layers/edge/source/sign-get.test.ts` compares it with the AWS SDK's signer.
 */
export function createGetSigner(
  region: string,
  environment: Readonly<Record<string, string | undefined>>,
  now: () => number,
): SignGet {
  return (url, headers) => {
    const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = environment
    if (!id || !secret) return undefined
    const at = new Date(now()).toISOString().replace(/[-:]|\.\d{3}/g, '')
    const scope = `${at.slice(0, 8)}/${region}/${SERVICE}/aws4_request`
    const dated = { 'x-amz-date': at, 'x-amz-content-sha256': NO_BODY, ...(token && { 'x-amz-security-token': token }) }
    const signed = Object.entries({ ...headers, ...dated, host: url.host }).sort(([a], [b]) => (a < b ? -1 : 1))
    const names = signed.map(([name]) => name).join(';')
    const lines = signed.map(([name, value]) => `${name}:${value}`)
    const canonical = ['GET', url.pathname, '', ...lines, '', names, NO_BODY].join('\n')
    const toSign = [ALGORITHM, at, scope, sha256(canonical)].join('\n')
    const key = [region, SERVICE, 'aws4_request'].reduce(hmac, hmac(`AWS4${secret}`, at.slice(0, 8)))
    const signature = hmac(key, toSign).toString('hex')
    const authorization = `${ALGORITHM} Credential=${id}/${scope}, SignedHeaders=${names}, Signature=${signature}`
    return { ...headers, ...dated, authorization }
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
