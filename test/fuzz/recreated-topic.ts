import { setTimeout as pause } from 'node:timers/promises'
import { differences } from './digits.ts'
import { BrokenPromise, type Stage, until, WrongDigits } from './stage.ts'
import { randomRecord } from './traffic.ts'

const RECORDS = 200
/**
 * Makes the topic anew at once, among records of clocks that are ahead, and forgets the configuration: consumers must say so and
 * book nothing of it. Then the configuration gets its new epoch, and everything is booked.
 */
export async function recreateUnderOldEpoch(stage: Stage): Promise<void> {
  const before = await stage.readDigits()
  await stage.recreateTopic('old')
  await stage.produceSome(RECORDS, randomRecord)
  const consumer = stage.spawn('consumer', 0, 0)
  await consumer.ready
  await until('the recreated topic is noticed', 30, () => stage.failures.has('topic-recreated'))
  await pause(2_000)
  await stage.killChildren()
  const different = differences(before, await stage.readDigits())
  if (different.length > 0) throw new WrongDigits(different)
  if ((await stage.topic.lag(stage.groupId())) === 0n)
    throw new BrokenPromise('the recreated topic was read, and not booked')
  stage.nextEpoch()
  await stage.calmAndDrain()
  await stage.checkDigits()
}
