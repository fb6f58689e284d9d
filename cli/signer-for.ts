import type { SignRequest } from '../layers/adapters/request-signer.ts'
import { regionOfApi } from '../layers/core/identity/api-region.ts'

/**
 * The signer for requests to this address: for the given region, else for the region in the address of API Gateway;
 * undefined for any other address. The AWS SDK's signer is loaded only where something is signed.
 */
export async function signerFor(url: URL, region: string | undefined): Promise<SignRequest | undefined> {
  const signed = region ?? regionOfApi(url.hostname)
  if (signed === undefined) return undefined
  const { createRequestSigner } = await import('../layers/adapters/request-signer.ts')
  return createRequestSigner(signed)
}
