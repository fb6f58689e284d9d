/** What supplies an attribute that a meter needs and spans do not have. */
export interface Supply {
  /** The meter that would use it, as docs/meters.md names it. */
  readonly meter: string
  /** Where the line goes. */
  readonly where: 'call' | 'environment' | 'code' | 'configuration'
  /** The one line. */
  readonly line: string
}

/**
 * By attribute. Sources: instrumentation and detectors of opentelemetry-js-contrib (instrumentation-aws-sdk 0.64:
 * `preRequestHook`; resource-detector-aws 2.5: AwsLambdaDetector), API references of AWS and OpenAI, 2026-11.
 */
const SUPPLIES: ReadonlyMap<string, Supply> = new Map<string, Supply>([
  [
    'aws.dynamodb.consumed_capacity',
    { meter: 'DynamoDB, on demand', where: 'call', line: "ReturnConsumedCapacity: 'TOTAL'" },
  ],
  ['faas.max_memory', { meter: 'Lambda duration', where: 'environment', line: 'OTEL_NODE_RESOURCE_DETECTORS=env,aws' }],
  [
    'host.arch',
    {
      meter: 'Lambda duration',
      where: 'configuration',
      line: '"rating": { "assume": { "lambdaArchitecture": "x86_64" } }',
    },
  ],
  [
    'aws.ecs.task.cpu',
    { meter: 'Fargate vCPU', where: 'environment', line: 'OTEL_RESOURCE_ATTRIBUTES=aws.ecs.task.cpu=0.5' },
  ],
  [
    'aws.ecs.task.memory',
    { meter: 'Fargate memory', where: 'environment', line: 'OTEL_RESOURCE_ATTRIBUTES=aws.ecs.task.memory=1024' },
  ],
  ['gen_ai.usage.input_tokens', { meter: 'models', where: 'call', line: 'stream_options: { include_usage: true }' }],
  ['gen_ai.usage.output_tokens', { meter: 'models', where: 'call', line: 'stream_options: { include_usage: true }' }],
  ['gen_ai.request.model', attributeOf('models', 'gen_ai.request.model', "'anthropic.claude-haiku-4-5-20251001-v1:0'")],
  ['gen_ai.provider.name', attributeOf('models', 'gen_ai.provider.name', "'aws.bedrock'")],
  [
    'messaging.batch.message_count',
    {
      meter: 'Kinesis, EventBridge',
      where: 'code',
      line: "new AwsInstrumentation({ preRequestHook: (span, { request: { commandInput: { Records, Entries } } }) => span.setAttribute('messaging.batch.message_count', (Records ?? Entries ?? [1]).length) })",
    },
  ],
  ['tollgate.states.transitions', attributeOf('Step Functions', 'tollgate.states.transitions', '12')],
  // No rater knows what a key pair costs; a declared cost is booked where nothing here can rate a span.
  ['aws.kms.key_spec', attributeOf('KMS', 'cost.amount', '...')],
  [
    'http.response.body.size',
    {
      meter: 'data transfer out',
      where: 'code',
      line: "new HttpInstrumentation({ responseHook: (span, response) => span.setAttribute('http.response.body.size', Number(response.getHeader?.('content-length') ?? 0)) })",
    },
  ],
  ['cost.amount', attributeOf('declared cost', 'cost.amount', "'0.0012'")],
  ['cost.currency', attributeOf('declared cost', 'cost.currency', "'USD'")],
  ['gen_ai.usage.cost.amount', attributeOf('declared cost', 'gen_ai.usage.cost.amount', "'0.0012'")],
  ['gen_ai.usage.cost.currency', attributeOf('declared cost', 'gen_ai.usage.cost.currency', "'USD'")],
])

/** The one line that supplies a missing attribute; for an attribute that the table does not know, the line that sets it. */
export const supplyOf = (attribute: string): Supply =>
  SUPPLIES.get(attribute) ?? attributeOf('other meters', attribute, '...')

function attributeOf(meter: string, attribute: string, value: string): Supply {
  return { meter, where: 'code', line: `span.setAttribute('${attribute}', ${value})` }
}
