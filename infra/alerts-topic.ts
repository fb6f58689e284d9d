import { Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Subscription, SubscriptionFilter, SubscriptionProtocol, Topic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import type { Configuration } from '../layers/core/configuration.ts'

type AlertSubscriber = Configuration['alerts'][number]

/**
 * The topic that people and programs subscribe to, TLS only. It is not encrypted with the AWS-managed key: CloudWatch
 * may not use that key, and alarms are published here too. A queue or a function that subscribes must itself allow
 * this topic to send to it or to invoke it; an e-mail subscriber is asked to confirm.
 */
export function alertsTopic(
  scope: Construct,
  id: string,
  { name, alerts }: Pick<Configuration, 'name' | 'alerts'>,
): Topic {
  const topic = new Topic(scope, id, { topicName: `${name}-alerts`, displayName: 'Tollgate', enforceSSL: true })
  topic.addToResourcePolicy(alarmsMayPublish(topic))
  for (const subscriber of alerts) subscribe(topic, subscriber)
  return topic
}

/** A topic policy of one's own replaces SNS's default one; CloudWatch comes as a service, without an identity policy. */
const alarmsMayPublish = (topic: Topic): PolicyStatement =>
  new PolicyStatement({
    sid: 'AlarmsOfThisAccount',
    principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
    actions: ['sns:Publish'],
    resources: [topic.topicArn],
    conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(topic).account } },
  })

const PROTOCOLS: Record<AlertSubscriber['protocol'], SubscriptionProtocol> = {
  email: SubscriptionProtocol.EMAIL,
  'email-json': SubscriptionProtocol.EMAIL_JSON,
  sqs: SubscriptionProtocol.SQS,
  lambda: SubscriptionProtocol.LAMBDA,
  https: SubscriptionProtocol.HTTPS,
  sms: SubscriptionProtocol.SMS,
}

/** The subscriber names the subscription, so that taking one off the list leaves the others, and their consent, alone. */
function subscribe(topic: Topic, { protocol, endpoint, filter }: AlertSubscriber): void {
  const policy = Object.entries(filter ?? {}).map(([attribute, values]): [string, SubscriptionFilter] => [
    attribute,
    SubscriptionFilter.stringFilter({ allowlist: values }),
  ])
  new Subscription(topic, `${protocol} ${endpoint}`, {
    topic,
    protocol: PROTOCOLS[protocol],
    endpoint,
    ...(policy.length > 0 && { filterPolicy: Object.fromEntries(policy) }),
  })
}
