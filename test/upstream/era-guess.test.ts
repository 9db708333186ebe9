import { describe, expect, it } from 'vitest'
import { EraGuess } from '../../src/upstream/session/era-guess.ts'

const MODERN = '2026-07-28'
const DOWN = { endedByItself: false, provedModern: false }

function guess(remembered?: string): { eras: Map<string, string>; era: EraGuess } {
  const eras = new Map(remembered === undefined ? [] : [['one', remembered]])
  const era = new EraGuess('one', {
    get: (id) => eras.get(id),
    set: (id, known) => (known === undefined ? eras.delete(id) : eras.set(id, known)),
  })
  return { eras, era }
}

describe('the era of the next start', () => {
  it('is found out where nothing is remembered', () => {
    expect(guess().era.next()).toEqual({ era: undefined, known: 'probed' })
  })

  it.each(['legacy', MODERN])('is the one that is remembered (%s)', (era) => {
    expect(guess(era).era.next()).toEqual({ era, known: 'remembered' })
  })

  it('is the older one, once, after a server exited on the probe', () => {
    const { era } = guess()
    const probe = era.next()
    expect(era.failed(probe, { ...DOWN, endedByItself: true })).toBe(false)
    const second = era.next()
    expect(second).toEqual({ era: 'legacy', known: 'second try' })
    era.failed(second, { ...DOWN, endedByItself: true })
    expect(era.next()).toEqual({ era: undefined, known: 'probed' })
  })

  it('is found out anew when the remembered one did not work', () => {
    const { era, eras } = guess('legacy')
    expect(era.failed(era.next(), { ...DOWN, endedByItself: true })).toBe(false)
    expect(eras.get('one')).toBeUndefined()
    expect(era.next()).toEqual({ era: undefined, known: 'probed' })
  })

  it.each([undefined, 'legacy'])(
    'is the new one, at once, when that came out too late (%s)',
    (remembered) => {
      const { era, eras } = guess(remembered)
      expect(era.failed(era.next(), { ...DOWN, provedModern: true })).toBe(true)
      expect(eras.get('one')).toBe(MODERN)
      expect(era.next()).toEqual({ era: MODERN, known: 'remembered' })
    },
  )

  it.each(['legacy', MODERN, undefined])('is what a server that is ready has proved (%s)', (proved) => {
    const { era, eras } = guess('legacy')
    era.next()
    era.proved(proved)
    expect(eras.get('one')).toBe(proved)
  })
})
