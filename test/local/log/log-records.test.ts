import { describe, expect, it } from 'vitest'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { openLog } from '../../../local/log/log.ts'
import { logRecords } from '../../../local/log/log-records.ts'
import type { ConsumedRecord } from '../../../local/log/record.ts'

const at = (ms: number): EpochMs => ms as EpochMs

describe('the records of the local log, for an audit', () => {
  it('are those since an instant, up to what is finished with or to the end', async () => {
    const log = await openLog('spans')
    for (const [index, ms] of [10, 30, 20, 40].entries()) {
      await log.append(Buffer.from(String(index)), { timestampMs: at(ms), partition: 0 })
    }
    await log.commit(new Map([[0, 2]]))
    const offsets = async (upTo: 'committed' | 'end', since: number): Promise<number[]> => {
      const found: number[] = []
      expect(await logRecords(log).visit(upTo, at(since), ({ offset }) => void found.push(offset))).toBe(true)
      return found
    }
    expect(await offsets('committed', 0)).toEqual([0, 1])
    expect(await offsets('end', 0)).toEqual([0, 1, 2, 3])
    expect(await offsets('end', 30)).toEqual([1, 3])
    await log.close()
  })

  it('are all there since then only where an older one is, once the log has let go of its oldest', async () => {
    const record = (offset: number, ms: number): ConsumedRecord => ({
      ...{ partition: 0, offset, timestampMs: at(ms), headers: [] },
    })
    const left = [record(5, 50), record(6, 60)]
    const log = { partitions: 1, read: () => left, endOffset: () => 7, committed: () => 7 }
    expect(await logRecords(log).visit('end', at(55), () => {})).toBe(true)
    expect(await logRecords(log).visit('end', at(50), () => {})).toBe(false)
  })
})
