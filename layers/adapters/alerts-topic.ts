import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns'
import type { AlertMessage } from '../core/alerts/message.ts'

/** The topic that people and programs subscribe to. */
export interface AlertsTopic {
  /** Publishes one message. Throws the SDK's errors when the topic is out of reach; then it may have been published. */
  publishMessage(message: AlertMessage): Promise<void>
}

/**
 * Connects the alerts topic. Each protocol gets its own text (Amazon SNS developer guide, custom payloads): people a
 * letter, programs one JSON document, which `default` is not, since SNS gives it to protocols that it adds later.
 */
export function connectAlerts(client: SNSClient, topicArn: string): AlertsTopic {
  return {
    async publishMessage({ subject, text, document, attributes }) {
      const json = JSON.stringify(document)
      const texts = {
        default: text,
        email: text,
        sms: subject,
        'email-json': json,
        sqs: json,
        lambda: json,
        http: json,
        https: json,
      }
      await client.send(
        new PublishCommand({
          TopicArn: topicArn,
          Subject: subject,
          Message: JSON.stringify(texts),
          MessageStructure: 'json',
          MessageAttributes: Object.fromEntries(
            Object.entries(attributes).map(([name, value]) => [
              name,
              typeof value === 'string'
                ? { DataType: 'String', StringValue: value }
                : { DataType: 'String.Array', StringValue: JSON.stringify(value) },
            ]),
          ),
        }),
      )
    },
  }
}
