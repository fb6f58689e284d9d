import { divideHalfUp, PICODOLLARS_PER_USD } from '../../layers/core/money/picodollars.ts'

const SCALE = 10n ** 4n

/** USD for a column: four decimals, half up, but never nothing for something; the exact figures are in `--json`. */
export function roundedUsd(picodollars: bigint): string {
  const parts = divideHalfUp(picodollars, PICODOLLARS_PER_USD / SCALE)
  if (parts === 0n && picodollars > 0n) return '<0.0001'
  return `${parts / SCALE}.${String(parts % SCALE).padStart(4, '0')}`
}

const WHOLE_FROM = 100

/** A multiple of a budget's pace for a column: "12.25x", and whole from a hundred on, where decimals say nothing. */
export const paceText = (pace: number): string =>
  `${pace >= WHOLE_FROM ? Math.round(pace).toLocaleString('en') : pace}x`
