import type { PriceBook } from '../../layers/core/prices/price.ts'
import { type EpochMs, type Hour, MS_PER_HOUR } from '../../layers/core/time/instants.ts'
import { createRandom, type Random } from '../demo/random.ts'
import { createCallers } from './gated-callers.ts'
import type { Standing } from './judge.ts'
import { uniform } from './noise.ts'
import { usualLoad } from './profile.ts'
import type { RunOptions } from './run-options.ts'
import { NORMAL, type Scenario, type Stream } from './scenario.ts'
import { simulatedBook } from './simulated-prices.ts'
import { COST_OF_SECOND, USUAL_COMMIT } from './simulated-service.ts'
import { createTopic } from './simulated-topic.ts'
import { createTraffic } from './traffic.ts'

/** Prices hold for a quarter of an hour after the last refresh. */
const PRICES_HOLD_S = 900
const FOR_EVER_MS = 366 * 24 * MS_PER_HOUR
const ONE_STREAM: readonly Stream[] = [{ share: 1, aheadS: 0, delayS: 8, partition: 0 }]

/** What happened within a second; money in picodollars. */
export interface Lived {
  readonly spent: number
  /** What the service has always spent at this time. */
  readonly usual: number
  readonly offered: number
  readonly served: number
}

/** A service, its callers, its topic and its ledger. */
export interface World {
  live(second: number, admit: number): Lived
  judge(nowS: number): Promise<readonly Standing[]>
}

/** Makes the world of one run. `startS`: seconds since the epoch at which the scenario starts. */
export function createWorld({ scenario, past, judgeWith, seed, stream }: RunOptions, startS: number): World {
  const traffic = createTraffic(createRandom(seed, stream, 0))
  const ways = createRandom(seed, stream, 1)
  const callers = createCallers(scenario.retries, createRandom(seed, stream, 2))
  const ledger = past.ledger.copy(0 as Hour)
  const down = scenario.consumersDown
  const topic = createTopic(
    (partition) => scenario.readings?.find((one) => one.partition === partition)?.capacity ?? Number.POSITIVE_INFINITY,
    down && { fromS: startS + down.fromS, toS: startS + down.toS, areCalled: down.areCalled },
  )
  const prices = createPrices(scenario, startS, past.endMs)
  const judge = judgeWith(ledger, prices.book, past.memory.closed)
  const streams = scenario.streams ?? ONE_STREAM
  const stepS = scenario.stepS ?? 1
  const leadS = (scenario.leadMinutes ?? 0) * 60
  return {
    live: (second, admit) => {
      const since = second - startS
      const usual = usualLoad(scenario.profile, second)
      const load = since >= -leadS ? scenario.load(since) : NORMAL
      const asked = traffic(
        {
          frontDoor: usual.frontDoor * load.frontDoor,
          requests: usual.requests * load.requests,
          unitCost: usual.unitCost * load.unitCost,
        },
        stepS,
      )
      const { offered, served: requests } = callers.ask(second, asked.requests, admit)
      const cost = requests.map((count, place) => count * (asked.costs[place] ?? 0))
      const spent = total(cost)
      const way = streamOf(streams, ways)
      const commit = since >= 0 ? (scenario.deployed ?? USUAL_COMMIT) : USUAL_COMMIT
      topic.send({
        partition: way.partition,
        arrivedS: second + way.delayS,
        volume: spent / COST_OF_SECOND,
        consume: (nowS) =>
          ledger.book({ endMs: endOf(second + way.aheadS), commit, requests, cost }, prices.areFresh(nowS)),
      })
      const door = streamOf(streams, ways)
      topic.send({
        partition: door.partition,
        arrivedS: second + door.delayS,
        volume: 0,
        consume: () => ledger.bookFrontDoor(endOf(second + door.aheadS), asked.frontDoor),
      })
      return {
        spent,
        usual: COST_OF_SECOND * stepS * usual.requests * usual.unitCost,
        offered: total(offered),
        served: total(requests),
      }
    },
    judge: (nowS) => {
      topic.consumeUntil(nowS)
      if (prices.areFresh(nowS)) ledger.settle()
      return judge(() => topic.progress(nowS), (nowS * 1000) as EpochMs)
    },
  }
}

const total = (amounts: readonly number[]): number => amounts.reduce((sum, amount) => sum + amount, 0)

/** Spans of a second end in its middle. */
const endOf = (second: number): EpochMs => Math.round(second * 1000 + 500) as EpochMs

function streamOf(streams: readonly Stream[], random: Random): Stream {
  let place = uniform(random)
  for (const stream of streams) {
    place -= stream.share
    if (place < 0) return stream
  }
  return streams[0] ?? (ONE_STREAM[0] as Stream)
}

interface SimulatedPrices {
  readonly book: () => PriceBook
  readonly areFresh: (nowS: number) => boolean
}

/** The one price, refreshed all the time but in an outage. */
function createPrices({ priceOutage }: Scenario, startS: number, epochMs: EpochMs): SimulatedPrices {
  const fresh = simulatedBook((epochMs + FOR_EVER_MS) as EpochMs)
  if (priceOutage === undefined) return { book: () => fresh, areFresh: () => true }
  const staleFromS = startS + priceOutage.fromS + PRICES_HOLD_S
  const stale = simulatedBook((staleFromS * 1000) as EpochMs)
  let isOver = false
  return {
    book: () => (isOver ? fresh : stale),
    areFresh: (nowS) => {
      isOver = nowS >= startS + priceOutage.toS
      return isOver || nowS < staleFromS
    },
  }
}
