import type { BudgetState } from '../budgets/state.ts'
import { isHeld } from '../budgets/transitions.ts'
import { cents } from '../money/cents.ts'
import { parseUsd } from '../money/picodollars.ts'
import type { AlertKind } from './alert-lease.ts'

const HEADLINES: Readonly<Record<AlertKind, (state: BudgetState) => string>> = {
  warned: (state) => (isNear(state) ? `nears its budget: ${spentOf(state)}` : burnOf(state)),
  eased: (state) => `is calm again: ${spentOf(state)}`,
  held_back: () => 'would be throttled; too many are at once',
  throttled: (state) => `is throttled to ${percent(state.admit)}`,
  tightened: (state) => `is throttled again, to ${percent(state.admit)}`,
  releasing: (state) => `is being released, now at ${percent(state.admit)}`,
  released: (state) => `is released${releasedNote(state)}`,
  reminder: (state) =>
    isHeld(state) ? `is still throttled to ${percent(state.admit)}` : `is ${stillOf(state)}: ${spentOf(state)}`,
}

/** A warning has one of two causes: what was spent nears the limit, or it burns too fast for that not to happen. */
const isNear = ({ figures }: BudgetState): boolean => parseUsd(figures.rollingUsd) * 2n >= parseUsd(figures.limitUsd)

const burnOf = ({ figures }: BudgetState): string => `burns ${figures.pace} times its budget's pace`

function releasedNote(state: BudgetState): string {
  if (state.mode === 'shadow') return ': its budget is no longer enforced'
  return state.phase === 'warned' ? `, but ${stillOf(state)}` : ''
}

const stillOf = (state: BudgetState): string => (isNear(state) ? 'still near its budget' : 'still burning too fast')

/** What an alert says in one clause behind the service's name: `is throttled to 12 %`. */
export const headlineOf = (kind: AlertKind, state: BudgetState): string => HEADLINES[kind](state)

const SUBJECT_MAX = 99
const CONTROL = /[\p{Cc}\u2028\u2029]/gu

/**
 * The subject of an alert, at most 99 characters and no control character, as SNS wants it (API reference, Publish). Of a
 * long service name the middle is left out: both its ends tell services apart.
 */
export function subjectOf(kind: AlertKind, state: BudgetState): string {
  const headline = ` ${headlineOf(kind, state)}`
  return `${shortened(state.service.replace(CONTROL, ' '), SUBJECT_MAX - headline.length)}${headline}`
}

function shortened(name: string, room: number): string {
  if (name.length <= room) return name
  const head = Math.floor((room - 3) / 2)
  const tail = room - 3 - head
  // A cut may leave half of a surrogate pair, which is no UTF-8.
  return `${name.slice(0, head)}...${name.slice(name.length - tail)}`.toWellFormed()
}

/** `12 %`; a fraction below one percent keeps its decimals. */
export const percent = (fraction: number): string => `${Math.round(fraction * 10_000) / 100} %`

/** `$412.00 of $500 spent`. */
export const spentOf = ({ figures }: BudgetState): string => `$${usd(figures.rollingUsd)} of $${figures.limitUsd} spent`

/** An exact amount for people. */
export const usd = (exact: string): string => cents(parseUsd(exact))
