import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'

/**
 * True when the write is done, false when its condition failed: somebody else was there first, or an earlier attempt of
 * this very write was, whose answer was lost.
 * @throws whatever else the SDK throws
 */
export async function unlessConditionFails(write: Promise<unknown>): Promise<boolean> {
  try {
    await write
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}
