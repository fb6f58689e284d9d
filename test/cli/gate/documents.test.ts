import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { documents } from '../../../cli/gate/documents.ts'
import type { FetchedText } from '../../../cli/gate/fetch-document.ts'
import { relayBook } from '../../../cli/gate/relay-book.ts'
import type { Flag } from '../../../layers/core/flags/flag.ts'
import { readFlagsDocument } from '../../../layers/core/flags/flags-document.ts'
import { holdByService } from '../../../layers/core/flags/held-flags.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'

const NOW = 1_795_421_220_000 as EpochMs
const FLAG: Flag = {
  service: 'prod/checkout',
  admit: 0.1,
  reason: 'burns 12 times its pace',
  until: (NOW + 60_000) as EpochMs,
  since: NOW,
  version: 3,
}

interface Stage {
  monotonicMs: number
  upstream: FetchedText | Error
  asked: (string | undefined)[]
}

function gateBeside(stage: Stage) {
  const readBook = relayBook({
    monotonicMs: () => stage.monotonicMs,
    fetchBook: async (etag) => {
      stage.asked.push(etag)
      if (stage.upstream instanceof Error) throw stage.upstream
      return stage.upstream
    },
  })
  const held = { byService: holdByService([FLAG]), etag: undefined, unreadable: 0, confirmedAt: 0 }
  const answer = documents(
    { held: () => held, maxAgeMs: 60_000, now: () => NOW, monotonicMs: () => stage.monotonicMs },
    readBook,
  )
  return (target: string, headers: Record<string, string> = {}, method = 'GET') =>
    answer(target, { method, headers } as unknown as IncomingMessage)
}

const stageOf = (upstream: Stage['upstream']): Stage => ({ monotonicMs: 0, upstream, asked: [] })
const BOOK: FetchedText = { changed: true, text: '{"generation":"g1"}', etag: '"up1"' }

describe('the documents that a gate hands on', () => {
  it('are the flags that it holds, with a tag of their own', async () => {
    const ask = gateBeside(stageOf(BOOK))
    const answer = await ask('/v1/flags')
    expect(answer?.status).toBe(200)
    expect(readFlagsDocument(JSON.parse(answer?.body ?? ''))?.flags).toEqual([FLAG])
    expect((await ask('/v1/flags', { 'if-none-match': answer?.headers.etag ?? '' }))?.status).toBe(304)
  })

  it('are no flags that it could not confirm lately: whoever holds them must know', async () => {
    const stage = stageOf(BOOK)
    const ask = gateBeside(stage)
    stage.monotonicMs = 60_001
    expect((await ask('/v1/flags'))?.status).toBe(503)
  })

  it('are the price book, asked for once in 30 s however many services ask', async () => {
    const stage = stageOf(BOOK)
    const ask = gateBeside(stage)
    expect(stage.asked).toEqual([])
    const [first] = await Promise.all([ask('/v1/prices/book'), ask('/v1/prices/book')])
    expect(first?.body).toBe('{"generation":"g1"}')
    stage.monotonicMs = 29_999
    expect((await ask('/v1/prices/book', { 'if-none-match': first?.headers.etag ?? '' }))?.status).toBe(304)
    expect(stage.asked).toEqual([undefined])
    stage.monotonicMs = 30_000
    await ask('/v1/prices/book')
    expect(stage.asked).toEqual([undefined, '"up1"'])
  })

  it('are the book that it holds through an outage, and 503 where it holds none', async () => {
    const stage = stageOf(new Error('refused'))
    const ask = gateBeside(stage)
    expect((await ask('/v1/prices/book'))?.status).toBe(503)
    stage.upstream = BOOK
    expect((await ask('/v1/prices/book'))?.status).toBe(200)
    stage.upstream = new Error('refused')
    stage.monotonicMs = 90_000
    expect((await ask('/v1/prices/book'))?.status).toBe(200)
  })

  it('are asked for by GET and by these paths alone', () => {
    const ask = gateBeside(stageOf(BOOK))
    for (const target of ['/decide/prod/checkout', '/v1/flags/', '/constructor', '/']) {
      expect(ask(target)).toBeUndefined()
    }
    expect(ask('/v1/flags', {}, 'POST')).toBeUndefined()
  })
})
