import { type Attributes, SPAN_KIND, type Span } from '../../otlp/span.ts'
import { skuIn, type TokenMeter } from '../../prices/sku.ts'
import { countOf, textOf } from '../attribute.ts'
import type { Charge } from '../charge.ts'
import { modelIdOf } from '../model-id.ts'
import { callsModel, providerOf } from '../model-provider.ts'
import type { RatingContext } from '../rating-context.ts'
import { callRegion } from '../region.ts'
import type { Sku, Usage } from '../usage.ts'

const INPUT = ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens'] as const
/** Tokens of the answer. */
export const OUTPUT_TOKENS = ['gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens'] as const
const CACHE_READ = ['gen_ai.usage.cache_read.input_tokens', 'gen_ai.usage.cache_read_input_tokens'] as const
const CACHE_WRITE = [
  'gen_ai.usage.cache_creation.input_tokens',
  'gen_ai.usage.cache_creation_input_tokens',
  'gen_ai.usage.cache_write_input_tokens',
] as const
/** Operations whose answer has no tokens of its own. */
const WITHOUT_OUTPUT: ReadonlySet<unknown> = new Set(['embeddings', 'rerank'])
/**
 * Models whose prompts above 200,000 tokens have prices of their own, for all tokens of the call. Source: Anthropic's price
 * list as in pydantic/genai-prices at 47df840a5ab1 (2026); Sonnet 4.6 and Opus 4.6 lost that tier in March 2026.
 */
const LONG_PROMPTS = /claude-sonnet-4[.-]5/
export const LONG_PROMPT_TOKENS = 200_000

/**
 * Is the span a model call to charge? A function of the span alone: a CLIENT span whose operation is a call; agent, chain and
 * tool spans repeat their children's tokens and never are. An INTERNAL span only where its instrumentation scope is
 * configured as the sole source (`rating.modelCallScopes`).
 * One call may have two CLIENT spans, of a library that wraps the AWS SDK and of the SDK: see model-provider.ts for the one that counts.
 */
export function isModelCall(span: Span, context: RatingContext): boolean {
  const isConfigured = context.modelCallScopes.has(span.scopeName)
  if (span.kind !== SPAN_KIND.client && !(isConfigured && span.kind === SPAN_KIND.internal)) return false
  return callsModel(span, isConfigured)
}

/**
 * A call of a model, by tokens. Sources: https://aws.amazon.com/bedrock/pricing/ and each provider's own page; attributes: semantic
 * conventions, gen-ai spans. Tokens read from and written to the cache are part of the input tokens there, and reasoning is part of
 * the output: they are subtracted. Where a library reports them beside the input (so that they exceed it), the input stands as it is.
 *
 *   model/<provider>/<model>/input-token[@region]         input - cache read - cache write
 *   model/<provider>/<model>/output-token[@region]        output
 *   model/<provider>/<model>/cache-read-token[@region]    cache read
 *   model/<provider>/<model>/cache-write-token[@region]   cache write (five minutes)
 *   model/<provider>/<model>/...-over-200k                the same, of models that price long prompts apart
 *
 * A region is named for Bedrock alone. Batches, provisioned throughput and flexible tiers have other prices, and no span tells.
 */
export function rateModelCall(span: Span, context: RatingContext): Charge {
  const { attributes } = span
  const provider = providerOf(span)
  const model = modelOf(attributes)
  const input = countOf(attributes, ...INPUT)
  const output = countOf(attributes, ...OUTPUT_TOKENS)
  const unmetered: string[] = []
  if (input === undefined) unmetered.push(INPUT[0])
  if (output === undefined && !WITHOUT_OUTPUT.has(attributes['gen_ai.operation.name'])) unmetered.push(OUTPUT_TOKENS[0])
  if (model === undefined) unmetered.push('gen_ai.request.model')
  if (provider === undefined) unmetered.push('gen_ai.provider.name')
  if (model === undefined || provider === undefined || (input === undefined && output === undefined)) {
    return { rule: 'model-call', usage: [], unmetered, assumed: [] }
  }

  const isBedrock = provider === 'aws.bedrock'
  const stated = isBedrock ? callRegion(span) : undefined
  const region = isBedrock ? (stated ?? context.settings.region) : ''
  const tokens = tokensOf(attributes, input ?? 0, output ?? 0)
  const isLong = tokens.prompt > LONG_PROMPT_TOKENS && LONG_PROMPTS.test(model)
  const skuOf = (meter: TokenMeter): Sku => {
    const family = `model/${provider}/${model}/${meter}${isLong ? '-over-200k' : ''}`
    return region === '' ? (family as Sku) : skuIn(family, region)
  }
  const usage: Usage[] = tokens.meters
    .filter(([, quantity]) => quantity > 0)
    .map(([meter, quantity]) => ({ sku: skuOf(meter), quantity }))
  return {
    rule: 'model-call',
    usage,
    unmetered,
    assumed: isBedrock && stated === undefined ? [`region=${region}`] : [],
  }
}

/** The requested model is the one that the provider's price list names; the answer's stands in for ids that do not say. */
function modelOf(attributes: Attributes): string | undefined {
  const requested = textOf(attributes, 'gen_ai.request.model')
  const answered = textOf(attributes, 'gen_ai.response.model')
  return (requested && modelIdOf(requested)) ?? (answered && modelIdOf(answered)) ?? undefined
}

function tokensOf(attributes: Attributes, input: number, output: number) {
  const read = countOf(attributes, ...CACHE_READ) ?? 0
  const write = countOf(attributes, ...CACHE_WRITE) ?? 0
  const isIncluded = read + write <= input
  const meters: readonly (readonly [TokenMeter, number])[] = [
    ['input-token', isIncluded ? input - read - write : input],
    ['output-token', output],
    ['cache-read-token', read],
    ['cache-write-token', write],
  ]
  return { meters, prompt: isIncluded ? input : input + read + write }
}
