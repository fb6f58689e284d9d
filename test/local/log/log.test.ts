import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { NoSuchPartition, openLog, PARTITIONS } from '../../../local/log/log.ts'
import { LogFull } from '../../../local/log/record.ts'

const timestampMs = 1_795_000_000_000 as EpochMs
const bytes = (text: string) => new TextEncoder().encode(text)

describe('the partitioned log', () => {
  it('spreads records without a key over its partitions in turn', async () => {
    const log = await openLog('otlp_spans')
    const places: { partition: number; offset: number }[] = []
    for (let n = 0; n < 24; n += 1) places.push(await log.append(bytes('x'), { timestampMs }))
    const counts = Array.from({ length: PARTITIONS }, (_, p) => places.filter((place) => place.partition === p).length)
    expect(counts).toEqual(Array.from({ length: PARTITIONS }, () => 2))
    expect(new Set(places.map((place) => place.offset))).toEqual(new Set([0, 1]))
  })

  it('sends the records of one key to one partition, in order, and of many keys to more than one', async () => {
    const log = await openLog('otlp_spans')
    const first = await log.append(bytes('1'), { timestampMs, key: bytes('k') })
    const second = await log.append(bytes('2'), { timestampMs, key: bytes('k') })
    expect(second).toEqual({ partition: first.partition, offset: first.offset + 1 })
    const others = Array.from({ length: 40 }, (_, n) => log.append(bytes('x'), { timestampMs, key: bytes(`k${n}`) }))
    expect(new Set((await Promise.all(others)).map((place) => place.partition)).size).toBeGreaterThan(3)
  })

  it('keeps offsets dense under concurrent appends, and reads from any of them', async () => {
    const log = await openLog('otlp_spans')
    const appends = Array.from({ length: 50 }, (_, n) => log.append(bytes(String(n)), { timestampMs, partition: 3 }))
    expect((await Promise.all(appends)).map((place) => place.offset)).toEqual(Array.from({ length: 50 }, (_, n) => n))
    const read = log.read(3, 48, 10)
    expect(read.map((record) => Buffer.from(record.value).toString())).toEqual(['48', '49'])
    expect(log.read(3, 50, 10)).toEqual([])
  })

  it('refuses a partition that is not there', async () => {
    const log = await openLog('otlp_spans')
    await expect(
      log.append(bytes('x'), { timestampMs, partition: 12 }).catch((e: unknown) => e),
    ).resolves.toBeInstanceOf(NoSuchPartition)
  })

  it('lets go of old records that are committed, and of none that is not', async () => {
    const log = await openLog('otlp_spans')
    const mebibyte = new Uint8Array(1024 * 1024)
    for (let n = 0; n < 12; n += 1) await log.append(mebibyte, { timestampMs, partition: 0 })
    expect(log.read(0, 0, 100)).toHaveLength(12)
    await log.commit(new Map([[0, 6]]))
    expect(log.read(0, 0, 100).map((record) => record.offset)).toEqual([4, 5, 6, 7, 8, 9, 10, 11])
  })

  it('is full when its consumer is 512 MiB behind in a partition, and takes more when it has caught up', async () => {
    const log = await openLog('otlp_spans')
    // One buffer, counted many times: the log keeps what it is given.
    const large = new Uint8Array(64 * 1024 * 1024)
    for (let n = 0; n < 8; n += 1) await log.append(large, { timestampMs, partition: 0 })
    await expect(log.append(bytes('x'), { timestampMs, partition: 0 })).rejects.toBeInstanceOf(LogFull)
    await log.append(bytes('x'), { timestampMs, partition: 1 })
    await log.commit(new Map([[0, 1]]))
    await expect(log.append(bytes('x'), { timestampMs, partition: 0 })).resolves.toEqual({ partition: 0, offset: 8 })
  })
})

describe('the log in a folder', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tollgate-log-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('survives a restart with its records, offsets and commits', async () => {
    const first = await openLog('otlp_spans', folder)
    const headers = [['origin', bytes('k3f9.3/17')]] as const
    await first.append(bytes('zero'), { timestampMs, partition: 5 })
    await first.append(bytes('one'), { timestampMs, partition: 5, headers })
    await first.append(bytes('keyed'), { timestampMs, key: bytes('k') })
    await first.commit(new Map([[5, 1]]))
    await first.close()
    const second = await openLog('otlp_spans', folder)
    expect(second.committed(5)).toBe(1)
    const [record] = second.read(5, second.committed(5), 10)
    expect(record).toEqual({
      ...{ partition: 5, offset: 1, timestampMs },
      headers: [['origin', Buffer.from('k3f9.3/17')]],
      value: Buffer.from('one'),
    })
    expect(await second.append(bytes('two'), { timestampMs, partition: 5 })).toEqual({ partition: 5, offset: 2 })
    await second.close()
  })

  it('drops a last line that a crash cut off, and goes on behind the whole ones', async () => {
    const first = await openLog('otlp_spans', folder)
    await first.append(bytes('whole'), { timestampMs, partition: 0 })
    await first.close()
    await appendFile(join(folder, 'log', '0.jsonl'), '{"offset":1,"timest')
    const second = await openLog('otlp_spans', folder)
    expect(second.read(0, 0, 10).map((record) => Buffer.from(record.value).toString())).toEqual(['whole'])
    expect(await second.append(bytes('next'), { timestampMs, partition: 0 })).toEqual({ partition: 0, offset: 1 })
    await second.close()
    const third = await openLog('otlp_spans', folder)
    expect(third.read(0, 0, 10)).toHaveLength(2)
    await third.close()
  })

  it('never gives a committed offset again, not even when the partition file is lost', async () => {
    const first = await openLog('otlp_spans', folder)
    for (let n = 0; n < 3; n += 1) await first.append(bytes('x'), { timestampMs, partition: 0 })
    await first.commit(new Map([[0, 3]]))
    await first.close()
    await rm(join(folder, 'log', '0.jsonl'))
    const second = await openLog('otlp_spans', folder)
    expect(await second.append(bytes('y'), { timestampMs, partition: 0 })).toEqual({ partition: 0, offset: 3 })
    await second.close()
  })
})
