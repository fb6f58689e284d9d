/**
 * The attributes that identity, rating and operations read, on spans and resources: all others are skipped, in both encodings. Newest name first,
 * older names of the same thing after it. Names: semantic-conventions 1.45, `model/<area>/registry.yaml`.
 * The list is closed, so a span keeps at most this many attributes (128; a test counts), whatever a stranger sends.
 */
export const ATTRIBUTE_KEYS: readonly string[] = [
  // who: service and deployment registries, vcs
  'service.name',
  'service.namespace',
  'service.version',
  'vcs.ref.head.revision',
  'deployment.environment.name',
  'deployment.environment',

  // where: cloud, host and orchestrator registries
  'cloud.provider',
  'cloud.platform',
  'cloud.region',
  'cloud.resource_id',
  'faas.id',
  'host.arch',
  'aws.region',
  'aws.ecs.launchtype',
  'aws.ecs.task.arn',
  'aws.ecs.task.cpu',
  'aws.ecs.task.memory',

  // functions: faas registry
  'faas.trigger',
  'faas.max_memory',
  'faas.invocation_id',
  'faas.execution',

  // HTTP: http and url registries
  'http.request.method',
  'http.method',
  'http.route',
  'url.template',
  'url.path',
  'http.target',
  'url.full',
  'http.url',
  'http.request.body.size',
  'http.request_content_length',
  'http.response.body.size',
  'http.response_content_length',

  // RPC, and the AWS SDK's calls, which are rpc.system=aws-api: docs/cloud-providers/aws-sdk.md
  'rpc.system.name',
  'rpc.system',
  'rpc.service',
  'rpc.method',
  'aws.dynamodb.table_names',
  'aws.dynamodb.consumed_capacity',
  'aws.s3.bucket',
  'aws.sqs.queue.url',
  'aws.queue_url',
  'aws.sns.topic.arn',
  'aws.kinesis.stream_name',
  'aws.step_functions.state_machine.arn',
  // Tollgate's own: how many transitions the started execution took
  'tollgate.states.transitions',

  // messaging registry
  'messaging.system',
  'messaging.operation.type',
  'messaging.operation.name',
  'messaging.operation',
  'messaging.destination.name',
  'messaging.destination.template',
  'messaging.destination.temporary',
  'messaging.destination.anonymous',
  'messaging.destination',
  'messaging.batch.message_count',
  'messaging.message.body.size',
  'messaging.message.envelope.size',
  'messaging.message.payload_size_bytes',
  'messaging.message_payload_size_bytes',

  // db registry; never the statement
  'db.operation.name',
  'db.operation',
  'db.collection.name',
  'db.sql.table',
  'db.mongodb.collection',
  'db.query.summary',

  // models: gen-ai registry
  'gen_ai.provider.name',
  'gen_ai.system',
  'gen_ai.operation.name',
  'gen_ai.agent.name',
  'gen_ai.request.model',
  'gen_ai.response.model',
  'gen_ai.usage.input_tokens',
  'gen_ai.usage.prompt_tokens',
  'gen_ai.usage.output_tokens',
  'gen_ai.usage.completion_tokens',
  'gen_ai.usage.cache_read.input_tokens',
  'gen_ai.usage.cache_read_input_tokens',
  'gen_ai.usage.cache_creation.input_tokens',
  'gen_ai.usage.cache_creation_input_tokens',
  'gen_ai.usage.cache_write_input_tokens',

  // declared costs: what the edge layer and other instrumentations set
  'cost.amount',
  'cost.currency',
  'gen_ai.usage.cost.amount',
  'gen_ai.usage.cost.currency',
]
