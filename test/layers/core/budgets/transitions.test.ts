import { describe, expect, it } from 'vitest'
import type { Phase } from '../../../../layers/core/budgets/state.ts'
import { refuses, type Transition, transitionOf } from '../../../../layers/core/budgets/transitions.ts'

/** From each phase (rows) to each other (columns). */
const TABLE: readonly (readonly [Phase, { readonly [to in Phase]: Transition | undefined }])[] = [
  ['within', { within: undefined, warned: 'warned', throttled: 'throttled', releasing: 'releasing' }],
  ['warned', { within: 'eased', warned: undefined, throttled: 'throttled', releasing: 'releasing' }],
  ['throttled', { within: 'released', warned: 'released', throttled: undefined, releasing: 'releasing' }],
  ['releasing', { within: 'released', warned: 'released', throttled: 'tightened', releasing: undefined }],
]
const PHASES: readonly Phase[] = ['within', 'warned', 'throttled', 'releasing']

describe('a transition', () => {
  it.each(TABLE)('from %s is told by the phase that follows', (from, expected) => {
    for (const mode of ['shadow', 'enforce'] as const) {
      const told = PHASES.map((to) => [to, transitionOf({ phase: from, mode }, { phase: to, mode })])
      expect(Object.fromEntries(told)).toEqual(expected)
    }
  })

  it('is a release when what is held is set to shadow: from then on nobody is refused', () => {
    for (const phase of ['throttled', 'releasing'] as const) {
      for (const to of PHASES) {
        expect(transitionOf({ phase, mode: 'enforce' }, { phase: to, mode: 'shadow' })).toBe('released')
      }
    }
  })

  it('of a service without a state before is that of one within its budget', () => {
    for (const phase of PHASES) {
      const after = { phase, mode: 'enforce' } as const
      expect(transitionOf(undefined, after)).toBe(transitionOf({ phase: 'within', mode: 'enforce' }, after))
    }
  })

  it('is a throttle when what was held in shadow is enforced: until then nobody was refused', () => {
    for (const phase of ['throttled', 'releasing'] as const) {
      expect(transitionOf({ phase, mode: 'shadow' }, { phase, mode: 'enforce' })).toBe('throttled')
    }
  })
})

describe('requests are refused', () => {
  it('while throttled or releasing under enforce, and never otherwise', () => {
    const refusing = PHASES.flatMap((phase) =>
      (['shadow', 'enforce'] as const).filter((mode) => refuses({ phase, mode })).map((mode) => `${phase} ${mode}`),
    )
    expect(refusing).toEqual(['throttled enforce', 'releasing enforce'])
  })
})
