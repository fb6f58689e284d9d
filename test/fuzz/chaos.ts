import { setTimeout as pause } from 'node:timers/promises'
import type { Child } from './children.ts'
import { BrokenPromise, type Stage } from './stage.ts'
import { randomRecord } from './traffic.ts'

const RECORDS_PER_SECOND = 30
/** Of 10,000 requests to the tables. */
const REQUEST_FAULTS = 500
/** Of 10,000 deliveries and runs of the settler. */
const DELIVERY_FAULTS = 6_000
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
  // Engines crash once each a round, not in its last seconds.
  const crashes = [
    {
      atMs: Date.now() + dice.between(20, 70) * seconds * 10,
      what: 'kafka: broker killed and restarted',
      crash: stage.engines.restartKafka,
    },
    {
      atMs: Date.now() + dice.between(20, 70) * seconds * 10,
      what: 'dynamodb: killed and restarted',
      crash: stage.engines.restartDynamo,
    },
  ]
  const restarts: Promise<void>[] = []
  stage.setFaults(REQUEST_FAULTS)
  while (Date.now() < endMs) {
    staff(stage)
    for (const due of crashes.filter(({ atMs }) => atMs <= Date.now())) {
      crashes.splice(crashes.indexOf(due), 1)
      tally.count(due.what)
      restarts.push(due.crash())
    }
    if (dice.happens(1_500)) await tolerated(() => stage.book.writeSome(dice, stage.clock.now()))
    if (dice.happens(500)) await tolerated(() => rebalance(stage))
    if (dice.happens(2_000)) await tolerated(() => stage.instance().closeWindows())
    progress()
    await pause(STEP_MS)
  }
  await Promise.all(restarts)
}

/** Two to three consumers, one that is outside their group, and a settler: who is gone is replaced. */
function staff(stage: Stage): void {
  const { dice } = stage
  const now = (role: Child['settings']['role']): number =>
    [...stage.children].filter(({ settings }) => settings.role === role).length
  if (now('consumer') < 2 || (now('consumer') < 3 && dice.happens(300)))
    hire(stage, 'consumer', dice.between(100, 1_500))
  if (now('zombie') < 1 && dice.happens(2_000)) {
    stage.tally.count('delivery: all of the topic again by a consumer outside the group')
    hire(stage, 'zombie', dice.between(30, 600))
  }
  if (now('settler') < 1) hire(stage, 'settler', dice.between(20, 300))
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
