import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createRequestSigner } from '../../../layers/adapters/request-signer.ts'

const KEY = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const API = new URL('https://abc123.execute-api.eu-west-1.amazonaws.com/v1/flags')

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** Signature Version 4 written out by hand from the AWS guide ("Create a signed AWS API request"). */
function signatureOf(headers: Readonly<Record<string, string>>, date: string): string {
  const names = Object.keys(headers).sort()
  const canonicalHeaders = names.map((name) => `${name}:${headers[name]}\n`).join('')
  const canonical = ['GET', '/v1/flags', '', canonicalHeaders, names.join(';'), hash('')].join('\n')
  const scope = `${date.slice(0, 8)}/eu-west-1/execute-api/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', date, scope, hash(canonical)].join('\n')
  const key = scope.split('/').reduce<string | Buffer>((of, part) => hmac(of, part), `AWS4${KEY.secretAccessKey}`)
  return hmac(key, toSign).toString('hex')
}

describe('the request signer', () => {
  it('signs a poll as IAM authorization wants it, with its ETag and session token', async () => {
    const sign = createRequestSigner('eu-west-1', { ...KEY, sessionToken: 'token' })
    const signed = await sign(API, { accept: 'application/json', 'if-none-match': '"abc"' })
    const { authorization = '', ...rest } = signed
    expect(rest).toMatchObject({ 'if-none-match': '"abc"', 'x-amz-security-token': 'token' })
    const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(';') ?? []
    expect(names).toEqual(expect.arrayContaining(['host', 'if-none-match', 'x-amz-date', 'x-amz-security-token']))
    const values = Object.fromEntries(names.map((name) => [name, name === 'host' ? API.host : (rest[name] ?? '')]))
    expect(authorization).toContain(`Signature=${signatureOf(values, rest['x-amz-date'] ?? '')}`)
    expect(authorization).toContain('Credential=AKIDEXAMPLE/')
  })

  it('fails with the reason where there are no credentials', async () => {
    const sign = createRequestSigner('eu-west-1', () => Promise.reject(new Error('no credentials here')))
    await expect(sign(API, {})).rejects.toThrow('no credentials here')
  })
})
