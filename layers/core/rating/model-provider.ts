import type { Span } from '../otlp/span.ts'
import { textOf } from './attribute.ts'

/**
 * Providers by the names that spans give them: `gen_ai.provider.name` (semantic conventions 1.37 on), `gen_ai.system`
 * (before), and what libraries write (OpenLLMetry, OpenInference, the Vercel AI SDK). A name that is not here is a
 * framework's (`strands-agents`, `langchain`) or nobody's, and its spans are not the call.
 */
const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['aws.bedrock', 'aws.bedrock'],
  ['aws_bedrock', 'aws.bedrock'],
  ['amazon_bedrock', 'aws.bedrock'],
  ['amazon-bedrock', 'aws.bedrock'],
  ['bedrock', 'aws.bedrock'],
  ['aws', 'aws.bedrock'],
  ['anthropic', 'anthropic'],
  ['openai', 'openai'],
  ['azure.ai.openai', 'azure.ai.openai'],
  ['az.ai.openai', 'azure.ai.openai'],
  ['azure.ai.inference', 'azure.ai.inference'],
  ['az.ai.inference', 'azure.ai.inference'],
  ['gcp.gemini', 'gcp.gemini'],
  ['gemini', 'gcp.gemini'],
  ['gcp.vertex_ai', 'gcp.vertex_ai'],
  ['vertex_ai', 'gcp.vertex_ai'],
  ['gcp.gen_ai', 'gcp.gen_ai'],
  ['cohere', 'cohere'],
  ['mistral_ai', 'mistral_ai'],
  ['mistralai', 'mistral_ai'],
  ['deepseek', 'deepseek'],
  ['groq', 'groq'],
  ['perplexity', 'perplexity'],
  ['x_ai', 'x_ai'],
  ['xai', 'x_ai'],
  ['ibm.watsonx.ai', 'ibm.watsonx.ai'],
  ['moonshot_ai', 'moonshot_ai'],
])

/** Operations that are a call of a model (`gen_ai.operation.name`); others are agents', tools' and retrievers'. */
const CALLS: ReadonlySet<string> = new Set([
  'chat',
  'text_completion',
  'completion',
  'generate_content',
  'embeddings',
  'rerank',
])

/**
 * Instrumentation of libraries that stand on a provider's SDK, which has its own. Both make a CLIENT span with the same
 * tokens for one call; the one nearer to the wire counts. Neither span names the other, and they may arrive
 * hours apart, so that only the scope can tell. Where such a library is the only source, name its scope in `rating.modelCallScopes`.
 */
const WRAPPERS =
  /^(?:@?opentelemetry[./-]instrumentation[./-](?:langchain|llamaindex|llama_index|haystack|crewai|bedrock|agno|openai[._-]agents)|@traceloop\/instrumentation-(?:langchain|llamaindex|bedrock)|openinference\.instrumentation\.|@arizeai\/openinference|strands\.|langchain|llama_index|crewai|litellm|pydantic-ai)/

/** The provider that a span names; undefined for none, and for names that are no provider's. An AWS SDK span without one is Bedrock's. */
export function providerOf(span: Span): string | undefined {
  const said = textOf(span.attributes, 'gen_ai.provider.name', 'gen_ai.system')
  if (said === undefined)
    return textOf(span.attributes, 'rpc.system', 'rpc.system.name') === undefined ? undefined : 'aws.bedrock'
  return PROVIDERS.get(said.toLowerCase())
}

/** Is it the scope of a library that stands on a provider's SDK? */
export const isWrapper = (scopeName: string): boolean => WRAPPERS.test(scopeName)

/** Does a CLIENT span call a model, and count? Older instrumentation names no operation: then its model and tokens tell. */
export function callsModel(span: Span, isConfiguredScope: boolean): boolean {
  const operation = textOf(span.attributes, 'gen_ai.operation.name')
  const isCall =
    operation === undefined
      ? textOf(span.attributes, 'gen_ai.request.model', 'gen_ai.response.model') !== undefined
      : CALLS.has(operation.toLowerCase())
  if (!isCall) return false
  return isConfiguredScope || (!isWrapper(span.scopeName) && providerOf(span) !== undefined)
}
