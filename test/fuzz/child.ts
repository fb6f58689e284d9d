import { mapKafkaTopic } from '../../local/kafka/map-kafka-topic.ts'
import { type ChildCommand, type ChildMessage, type ChildSettings, SETTINGS_VARIABLE } from './child-messages.ts'
import { killAt } from './crash-points.ts'
import { unkindHandler } from './deliveries.ts'
import { createDice, type Dice } from './dice.ts'
import { fastClock, fastSleep } from './fast-clock.ts'
import { fuzzConfiguration, PARTITIONS, TOPIC } from './fuzz-configuration.ts'
import { type Instance, startInstance } from './instance.ts'

// A process of the run: a consumer, a consumer of another group that reads the topic again from its start, or the settler.

const settings = JSON.parse(process.env[SETTINGS_VARIABLE] ?? '') as ChildSettings
const dice = createDice(settings.seed, 1, settings.index)
const sleep = fastSleep(settings.clock)
const tell = (message: ChildMessage): void => void process.send?.(message)
const count = (name: string): void => tell({ kind: 'fault', name })

const fate =
  settings.killAtRequest === 0
    ? undefined
    : killAt(settings.killAtRequest, dice.oneOf(['before', 'during', 'after'] as const))

const start = (): Instance =>
  startInstance({
    ...{ clock: fastClock(settings.clock), configuration: fuzzConfiguration(settings.epoch), fate, tell },
    ...{ dynamoEndpoint: settings.dynamoEndpoint, s3Endpoint: settings.s3Endpoint },
  })

// The run is gone: so is its child.
process.on('disconnect', () => process.exit())

if (settings.role === 'settler') await settleForEver(dice)
else await consume()

async function consume(): Promise<void> {
  const handler = unkindHandler({ dice, faults: settings.faults, startInstance: start, count })
  const mapping = await mapKafkaTopic({
    ...{ brokers: settings.brokers, topic: TOPIC, partitions: PARTITIONS, groupId: settings.groupId, handler },
    ...{ batchSize: dice.oneOf([1, 2, 4, 8, 20]), windowMs: dice.between(1, 400), sleep },
    onFailure: (cause) => tell({ kind: 'failed', what: 'mapping', message: String(cause) }),
  })
  mapping.start()
  tell({ kind: 'ready' })
  process.on('message', async (command: ChildCommand) => {
    if (command === 'drain') {
      await mapping.drain()
      tell({ kind: 'drained' })
      return
    }
    await mapping.close()
    process.exit()
  })
}

/** Two warm instances: they settle at once, or one is cut off and replaced. */
async function settleForEver(dice: Dice): Promise<never> {
  const pair = [start(), start()] as [Instance, Instance]
  tell({ kind: 'ready' })
  process.on('message', () => process.exit())
  for (;;) {
    await sleep(dice.between(100, 4_000))
    if (dice.happens(settings.faults / 3)) {
      count('settling: cut off between two writes')
      pair[0].cutOffAfter(dice.between(1, 40), () => {})
      pair[0].settle(() => false).catch(() => {})
      pair[0] = start()
      continue
    }
    const isTwice = dice.happens(settings.faults)
    if (isTwice) count('settling: twice at once')
    const runs = await Promise.allSettled(pair.slice(0, isTwice ? 2 : 1).map((one) => one.settle(() => false)))
    for (const run of runs) {
      if (run.status === 'rejected') tell({ kind: 'failed', what: 'settling', message: String(run.reason) })
    }
  }
}
