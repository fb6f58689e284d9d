import { describe, expect, it, vi } from 'vitest'
import { createRequestSigner } from '../../../../layers/adapters/request-signer.ts'
import { createGetSigner } from '../../../../layers/edge/source/sign-get.ts'

const URLS = [
  'https://abc123.execute-api.eu-west-1.amazonaws.com/v1/prices/book',
  'https://abc123.execute-api.eu-west-1.amazonaws.com/v1/flags',
  'https://tollgate.example.test:8443/stage-1/v1/flags',
]
const AT = Date.UTC(2026, 10, 24, 9, 10, 11, 123)
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const environment = (token?: string) => ({
  AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
  AWS_SESSION_TOKEN: token,
})

describe('a signed GET without the AWS SDK', () => {
  it.each(URLS.flatMap((url) => [undefined, 'a session token=='].map((token) => [url, token] as const)))(
    'is signed as the SDK signs it: %s, session token %s',
    async (url, token) => {
      vi.useFakeTimers({ now: AT, toFake: ['Date'] })
      try {
        const sdk = createRequestSigner('eu-west-1', { ...KEYS, ...(token !== undefined && { sessionToken: token }) })
        const headers = { accept: 'application/json', 'if-none-match': '"abc"' }
        const ours = createGetSigner('eu-west-1', environment(token), Date.now)(new URL(url), headers)
        expect(ours).toEqual(await sdk(new URL(url), headers))
      } finally {
        vi.useRealTimers()
      }
    },
  )

  it('is none without credentials', () => {
    expect(createGetSigner('eu-west-1', {}, () => AT)(new URL(URLS[0] ?? ''), {})).toBeUndefined()
  })
})
