import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { S3Client } from '@aws-sdk/client-s3'

/** Asked before each attempt at a request, and told of its end. */
export interface Fate {
  /** Resolves when the request may be sent; never, where it may not. */
  before(): Promise<void> | void
  after(): Promise<void> | void
}

/** Puts fates before everything that a client sends, as close to the wire as middleware comes: retries ask them again. */
export function putBefore(client: DynamoDBClient | S3Client, fates: readonly Fate[]): void {
  // The two clients' stacks have types of their own.
  const { middlewareStack } = client as DynamoDBClient
  middlewareStack.add(
    (next) => async (args) => {
      for (const fate of fates) await fate.before()
      try {
        return await next(args)
      } finally {
        for (const fate of fates) await fate.after()
      }
    },
    { step: 'deserialize', priority: 'low' },
  )
}

/** What never comes: a process that is gone waits for nothing, one that is cut off must not go on. */
export const never = (): Promise<never> => new Promise(() => {})

/** Kills this process, as the kernel would, at its n-th request: before it is sent, while it is under way, or behind it. */
export function killAt(request: number, when: 'before' | 'during' | 'after'): Fate {
  let sent = 0
  let answered = 0
  const kill = (): Promise<never> => {
    process.kill(process.pid, 'SIGKILL')
    return never()
  }
  return {
    before: () => {
      sent += 1
      if (sent !== request) return
      if (when === 'before') return kill()
      if (when === 'during') setTimeout(kill, 2)
    },
    after: () => {
      answered += 1
      if (when === 'after' && answered === request) return kill()
    },
  }
}
