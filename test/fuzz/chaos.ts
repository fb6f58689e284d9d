import { setTimeout as pause } from 'node:timers/promises'
import type { Child } from './children.ts'
import { BrokenPromise, type Stage } from './stage.ts'
import { randomRecord } from './traffic.ts'

const RECORDS_PER_SECOND = 30
/** Of 10,000 requests to the tables. */
const REQUEST_FAULTS = 1_000
/** Of 10,000 deliveries and runs of the settler. */
const DELIVERY_FAULTS = 7_000
const STEP_MS = 250

/** So many seconds of everything at once, each kind of fault at its own random times. */
export async function chaos(stage: Stage, seconds: number, progress: () => void): Promise<void> {
  await stage.underTraffic(RECORDS_PER_SECOND, randomRecord, () => breakThings(stage, seconds, progress))
  if (stage.failures.has('topic-recreated')) {
    throw new BrokenPromise('records that were delivered again were taken for those of a recreated topic')
  }
  const ended = stage.failures.get('process')
  if (ended !== undefined) throw new BrokenPromise(`a process ended by itself: ${ended.last}`)
}

async function breakThings(stage: Stage, seconds: number, progress: () => void): Promise<void> {
  const { dice, tally } = stage
  const endMs = Date.now() + seconds * 1000
  const after = (share: number): number => Date.now() + share * seconds * 10
  const { restartDynamo, restartKafka } = stage.engines
  // Kafka late: its clients need many seconds to find it again.
  const crashes = [
    { atMs: after(dice.between(20, 60)), what: 'dynamodb: killed and restarted', crash: restartDynamo },
    { atMs: after(dice.between(75, 90)), what: 'kafka: broker killed and restarted', crash: restartKafka },
  ]
  const restarts: Promise<void>[] = []
  const crashDue = (nowMs: number): void => {
    for (const due of crashes.filter(({ atMs }) => atMs <= nowMs)) {
      crashes.splice(crashes.indexOf(due), 1)
      tally.count(due.what)
      restarts.push(due.crash())
    }
  }
  stage.setFaults(REQUEST_FAULTS)
  while (Date.now() < endMs) {
    staff(stage)
    crashDue(Date.now())
    if (dice.happens(2_500)) await tolerated(() => stage.book.writeSome(dice, stage.clock.now()))
    if (dice.happens(500)) await tolerated(() => rebalance(stage))
    if (dice.happens(2_000)) await tolerated(() => stage.instance().closeWindows())
    progress()
    await pause(STEP_MS)
  }
  crashDue(Number.POSITIVE_INFINITY)
  await Promise.all(restarts)
}

/** Two to three consumers, one that is outside their group, and a settler: who is gone is replaced. */
function staff(stage: Stage): void {
  const { dice } = stage
  const now = (role: Child['settings']['role']): number =>
    [...stage.children].filter(({ settings }) => settings.role === role).length
  if (now('consumer') < 2 || (now('consumer') < 3 && dice.happens(300)))
    hire(stage, 'consumer', dice.between(100, 3_000))
  if (now('zombie') < 1 && dice.happens(2_000)) {
    stage.tally.count('delivery: all of the topic again by a consumer outside the group')
    hire(stage, 'zombie', dice.between(30, 600))
  }
  if (now('settler') < 1) hire(stage, 'settler', dice.between(20, 1_500))
}

function hire(stage: Stage, role: Child['settings']['role'], killAtRequest: number): void {
  const child = stage.spawn(role, killAtRequest, DELIVERY_FAULTS)
  if (role !== 'consumer') return
  child.gone.then(({ signal }) => {
    if (signal === 'SIGKILL') void tolerated(() => evictAll(stage))
  })
}

/** A dead member's partitions are given to others at once, as after its session's end; the living have to join again. */
async function evictAll(stage: Stage): Promise<void> {
  const evicted = await stage.topic.evict(stage.groupId())
  if (evicted > 0) stage.tally.count('group: rebalanced')
}

/** A consumer leaves in order, or all are thrown out. */
async function rebalance(stage: Stage): Promise<void> {
  const consumers = [...stage.children].filter(({ settings }) => settings.role === 'consumer')
  if (consumers.length === 0 || stage.dice.happens(5_000)) return evictAll(stage)
  stage.tally.count('group: a consumer left')
  stage.dice.oneOf(consumers).send('close')
}

/** An engine may be down. */
async function tolerated(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch {
    // The next step tries something else.
  }
}
