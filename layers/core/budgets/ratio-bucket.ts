/** Buckets grow by 5 %: a median is right within 2.5 %. */
const BUCKET_RATIO = 1.05

/** The logarithmic bucket of a positive number. */
export const bucketOf = (value: number): number => Math.round(Math.log(value) / Math.log(BUCKET_RATIO))

/** The middle of a bucket. */
export const middleOf = (bucket: number): number => BUCKET_RATIO ** bucket

/** The bucket in which the median of all counted values lies; undefined where fewer than `least` were counted. */
export function medianBucket(counts: ReadonlyMap<number, number>, least: number): number | undefined {
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0)
  if (all < least) return undefined
  let below = 0
  for (const [bucket, count] of [...counts].sort(([a], [b]) => a - b)) {
    below += count
    if (below * 2 >= all) return bucket
  }
  return undefined
}
