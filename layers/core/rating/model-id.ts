import { memoize } from '../operation/memoize.ts'

/**
 * Geographic inference profiles of Amazon Bedrock: the call is priced in the region it is made from, as without one.
 * `global.` is none of them: it has prices of its own. Source: Bedrock User Guide, "Supported Regions and models for
 * inference profiles", November 2026.
 */
const GEOGRAPHIES: readonly string[] = ['us', 'eu', 'apac', 'jp', 'au', 'ca', 'us-gov']
const GEOGRAPHY = new RegExp(`^(?:${GEOGRAPHIES.join('|')})\\.(?=[a-z0-9]+\\.)`)
/** Bedrock's own ARNs that name a model: foundation models and system-defined inference profiles. */
const MODEL_ARN = /^arn:aws[a-z-]*:bedrock:[a-z0-9-]*:\d*:(?:foundation-model|inference-profile)\/(.+)$/
const ALPHABET = /[^a-z0-9._:/-]+/g
const MAX_CHARACTERS = 100

/**
 * A model's id as SKUs spell it: lower case, ARNs of models and geographic profiles reduced to the model
 * (`us.anthropic.claude-3-7-sonnet-20250219-v1:0` -> `anthropic.claude-3-7-sonnet-20250219-v1:0`), odd characters as `-`,
 * at most 100 characters. Undefined for an ARN that does not say which model it stands for (application inference
 * profiles, provisioned throughput, imported models).
 */
export const modelIdOf: (id: string) => string | undefined = (id) => known(id) || undefined

const known = memoize((id) => {
  const lower = id.slice(0, 512).toLowerCase()
  const model = lower.startsWith('arn:') ? (MODEL_ARN.exec(lower)?.[1] ?? '') : lower
  return model.replace(GEOGRAPHY, '').replace(ALPHABET, '-').slice(0, MAX_CHARACTERS)
}, 2_000)
