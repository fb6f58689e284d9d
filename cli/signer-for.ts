import type { SignRequest } from '../layers/adapters/request-signer.ts'

/**
 * The signer for requests to this address: for the given region, else for the region in the address of API Gateway;
 * undefined for any other address. The AWS SDK's signer is loaded only where something is signed.
 */
export async function signerFor(url: URL, region: string | undefined): Promise<SignRequest | undefined> {
  const { createRequestSigner, regionOfApi } = await import('../layers/adapters/request-signer.ts')
  const signed = region ?? regionOfApi(url)
  return signed === undefined ? undefined : createRequestSigner(signed)
}
