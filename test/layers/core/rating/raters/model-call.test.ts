import { describe, expect, it } from 'vitest'
import type { Attributes } from '../../../../../layers/core/otlp/span.ts'
import { modelIdOf } from '../../../../../layers/core/rating/model-id.ts'
import { rateSpan } from '../../../../../layers/core/rating/rate-span.ts'
import { contextOf } from '../context.ts'
import { awsCall, clientSpan, spanWith } from '../spans.ts'

const CLAUDE = 'anthropic.claude-3-7-sonnet-20250219-v1:0'
const chat = (more: Attributes): Attributes => ({
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'aws.bedrock',
  'gen_ai.request.model': `us.${CLAUDE}`,
  ...more,
})
const tokensOf = (attributes: Attributes) =>
  Object.fromEntries(
    rateSpan(clientSpan(attributes, { 'cloud.region': 'us-east-1' }), contextOf()).usage.map(({ sku, quantity }) => [
      sku.split('/').at(-1)?.replace('@us-east-1', ''),
      quantity,
    ]),
  )

describe('a model call', () => {
  it('is charged by its tokens, under provider, model and region', () => {
    const span = clientSpan(
      chat({ 'gen_ai.usage.input_tokens': 100, 'gen_ai.usage.output_tokens': 7, 'aws.region': 'eu-west-1' }),
    )
    expect(rateSpan(span, contextOf())).toMatchObject({
      usage: [
        { sku: `model/aws.bedrock/${CLAUDE}/input-token@eu-west-1`, quantity: 100 },
        { sku: `model/aws.bedrock/${CLAUDE}/output-token@eu-west-1`, quantity: 7 },
      ],
      rules: ['model-call'],
      entry: false,
    })
  })

  it('has no region where the provider prices none', () => {
    const span = clientSpan({
      'gen_ai.operation.name': 'chat',
      'gen_ai.system': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.usage.prompt_tokens': 1,
      'gen_ai.usage.completion_tokens': 2,
    })
    expect(rateSpan(span, contextOf()).usage.map(({ sku }) => sku)).toEqual([
      'model/openai/gpt-4o/input-token',
      'model/openai/gpt-4o/output-token',
    ])
  })

  it('does not count cached tokens twice: they are part of the input', () => {
    const cached = { 'gen_ai.usage.cache_read.input_tokens': 60, 'gen_ai.usage.cache_creation.input_tokens': 30 }
    expect(tokensOf(chat({ 'gen_ai.usage.input_tokens': 100, 'gen_ai.usage.output_tokens': 1, ...cached }))).toEqual({
      'input-token': 10,
      'output-token': 1,
      'cache-read-token': 60,
      'cache-write-token': 30,
    })
  })

  it('knows the older names of cached tokens, and input that was reported beside them', () => {
    const cached = { 'gen_ai.usage.cache_read_input_tokens': 60, 'gen_ai.usage.cache_write_input_tokens': 30 }
    expect(tokensOf(chat({ 'gen_ai.usage.input_tokens': 80, 'gen_ai.usage.output_tokens': 1, ...cached }))).toEqual({
      'input-token': 80,
      'output-token': 1,
      'cache-read-token': 60,
      'cache-write-token': 30,
    })
  })

  it('prices a long prompt apart where the model does', () => {
    const sonnet = {
      'gen_ai.request.model': 'global.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'gen_ai.usage.output_tokens': 1,
    }
    expect(tokensOf(chat({ ...sonnet, 'gen_ai.usage.input_tokens': 200_000 }))).toEqual({
      'input-token': 200_000,
      'output-token': 1,
    })
    expect(tokensOf(chat({ ...sonnet, 'gen_ai.usage.input_tokens': 200_001 }))).toEqual({
      'input-token-over-200k': 200_001,
      'output-token-over-200k': 1,
    })
  })

  it('needs no output tokens to embed, and names what is missing elsewhere', () => {
    expect(
      rateSpan(clientSpan(chat({ 'gen_ai.operation.name': 'embeddings', 'gen_ai.usage.input_tokens': 5 })), contextOf())
        .unmetered,
    ).toEqual([])
    expect(rateSpan(clientSpan(chat({ 'gen_ai.usage.input_tokens': 5 })), contextOf()).unmetered).toEqual([
      'gen_ai.usage.output_tokens',
    ])
    expect(rateSpan(clientSpan(chat({})), contextOf()).uncharged).toBe('unmetered:gen_ai.usage.input_tokens')
  })

  it.each([[-1], [1.5], [Number.NaN], [2 ** 60], ['many'], [null]])('of %s tokens is unmetered', (tokens) => {
    expect(rateSpan(clientSpan(chat({ 'gen_ai.usage.input_tokens': tokens })), contextOf())).toMatchObject({
      usage: [],
      uncharged: 'unmetered:gen_ai.usage.input_tokens',
    })
  })

  it.each([
    ['gen_ai.provider.name', 'aws.bedrock'],
    ['gen_ai.system', 'aws.bedrock'],
    ['gen_ai.system', 'AWS'],
    ['gen_ai.system', 'aws_bedrock'],
  ])('names its provider by %s = %s', (key, value) => {
    const attributes = { ...chat({ 'gen_ai.usage.input_tokens': 5 }), 'gen_ai.provider.name': undefined, [key]: value }
    expect(tokensOf(attributes)).toEqual({ 'input-token': 5 })
  })
})

describe('one call, several spans with its tokens', () => {
  const tokens = chat({ 'gen_ai.usage.input_tokens': 10, 'gen_ai.usage.output_tokens': 1 })
  const wire = awsCall('Bedrock Runtime', 'ConverseStream', tokens)
  const parent = { parentSpanId: 'eee19b7ec3c1b175', flags: 0x100 }
  const spans = [
    spanWith({ ...tokens, 'gen_ai.operation.name': 'invoke_agent' }, { kind: 1, ...parent }),
    spanWith({ ...tokens, 'gen_ai.provider.name': 'strands-agents' }, { kind: 1, ...parent }),
    spanWith({ ...tokens, 'gen_ai.system': 'langchain', 'gen_ai.provider.name': undefined }, { kind: 3, ...parent }),
    spanWith(tokens, { kind: 3, scopeName: 'opentelemetry.instrumentation.langchain', ...parent }),
    spanWith(tokens, { kind: 3, scopeName: 'opentelemetry.instrumentation.bedrock', ...parent }),
    wire,
    clientSpan({ 'http.request.method': 'POST', 'server.address': 'bedrock-runtime.us-east-1.amazonaws.com' }),
  ]

  it('is charged on the span nearest to the wire, once', () => {
    const charged = spans.filter((span) => rateSpan(span, contextOf()).usage.length > 0)
    expect(charged).toEqual([wire])
  })

  it('is charged on the AWS SDK’s span by tokens or not at all, never as a request too', () => {
    expect(rateSpan(wire, contextOf()).rules).toEqual(['model-call'])
  })

  it('is charged on an INTERNAL span of a scope that is configured as the sole source', () => {
    const span = spanWith(tokens, { kind: 1, scopeName: 'ai', ...parent })
    expect(rateSpan(span, contextOf()).uncharged).toBe('inner')
    expect(rateSpan(span, contextOf({ modelCallScopes: ['ai'] })).rules).toEqual(['model-call'])
    const agent = spanWith(
      { ...tokens, 'gen_ai.operation.name': 'invoke_agent' },
      { kind: 1, scopeName: 'ai', ...parent },
    )
    expect(rateSpan(agent, contextOf({ modelCallScopes: ['ai'] })).uncharged).toBe('inner')
  })
})

describe('modelIdOf', () => {
  it.each([
    [`us.${CLAUDE}`, CLAUDE],
    [`eu.${CLAUDE}`, CLAUDE],
    [`apac.${CLAUDE}`, CLAUDE],
    [`global.${CLAUDE}`, `global.${CLAUDE}`],
    [`arn:aws:bedrock:us-east-1::foundation-model/${CLAUDE}`, CLAUDE],
    [`arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.${CLAUDE}`, CLAUDE],
    ['arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123', undefined],
    ['arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc123', undefined],
    ['GPT-4o', 'gpt-4o'],
    ['claude-sonnet-4@20250514', 'claude-sonnet-4-20250514'],
    ['', undefined],
  ])('of %s is %s', (id, model) => {
    expect(modelIdOf(id)).toBe(model)
  })
})
