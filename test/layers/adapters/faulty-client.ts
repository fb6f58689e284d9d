import { ConditionalCheckFailedException, type DynamoDBClient, ThrottlingException } from '@aws-sdk/client-dynamodb'

/**
 * What befalls one request. `throttled`: DynamoDB refuses it, and the SDK has given up. `repeated`: its answer is lost, and the
 * SDK sends it again. `lost`: it is done, its answer is lost, and the SDK has given up. `no old item`: the engine answers a
 * failed condition without the item, though it was asked for.
 */
export type Fault = 'throttled' | 'repeated' | 'lost' | 'no old item'

/** The write is done, and nobody knows. */
export class AnswerLost extends Error {
  override readonly name = 'TimeoutError'
}

const WRITES = new Set(['PutItemCommand', 'UpdateItemCommand', 'BatchWriteItemCommand'])

/** The client, the `at`th of whose writes (0 is the first) meets a fault; `no old item` befalls all of them. */
export function faultyClient(client: DynamoDBClient, fault: Fault, at = 0): DynamoDBClient {
  const faulty: DynamoDBClient = Object.create(client)
  const send = client.send.bind(client) as (command: unknown) => Promise<unknown>
  let writes = 0
  const meet = async (command: object): Promise<unknown> => {
    const isNext = WRITES.has(command.constructor.name) && writes++ === at
    if (isNext && fault === 'throttled') throw new ThrottlingException({ message: 'slow down', $metadata: {} })
    try {
      const answer = await send(command)
      if (isNext && fault === 'lost') throw new AnswerLost()
      return isNext && fault === 'repeated' ? await send(command) : answer
    } catch (error) {
      if (fault === 'no old item' && error instanceof ConditionalCheckFailedException) delete error.Item
      throw error
    }
  }
  faulty.send = meet as typeof client.send
  return faulty
}
