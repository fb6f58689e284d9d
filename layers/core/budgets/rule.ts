import { smooth } from './ema.ts'
import type { RuleState } from './state.ts'

/**
 * What a rule makes of one window. `between`: neither above its threshold nor well below it. `unknown`: data or prices are
 * missing, which can hide a breach: it ends no count towards firing, and never counts towards release.
 */
export type Verdict = 'over' | 'under' | 'between' | 'unknown'

/** Below this share of its threshold a window counts towards release. */
export const RELEASE_SHARE = 0.9

export const NEVER_JUDGED: RuleState = { ema: undefined, over: 0, under: 0, firing: false }

/** The rule's average after one more window, picodollars. A lower bound can raise it, and never lowers it. */
export function averaged(was: RuleState, signal: bigint, alpha: number, isLowerBound: boolean): bigint {
  const ema = smooth(was.ema, signal, alpha)
  return isLowerBound && was.ema !== undefined && was.ema > ema ? was.ema : ema
}

/** The rule's memory after one more window: it fires after `toFire` windows in a row, and stops after `toRelease`. */
export function counted(was: RuleState, ema: bigint, verdict: Verdict, windows: WindowsInARow): RuleState {
  return { ema, ...withVerdict(was, verdict, windows) }
}

/** How many windows in a row it takes. */
interface WindowsInARow {
  readonly toFire: number
  readonly toRelease: number
}

/** The counts of a rule, whatever its average, after one more window. */
export function withVerdict(
  was: Pick<RuleState, 'over' | 'under' | 'firing'>,
  verdict: Verdict,
  { toFire, toRelease }: WindowsInARow,
): Pick<RuleState, 'over' | 'under' | 'firing'> {
  const over = verdict === 'over' ? was.over + 1 : verdict === 'unknown' ? was.over : 0
  const under = verdict === 'under' ? was.under + 1 : 0
  const fires = verdict === 'over' && over >= toFire
  return { over, under, firing: fires || (was.firing && under < toRelease) }
}

/** An amount of picodollars times a factor with at most six decimals, rounded down. */
export const scaled = (amount: bigint, factor: number): bigint =>
  (amount * BigInt(Math.round(factor * 1e6))) / 1_000_000n
