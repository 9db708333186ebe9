import { setFlagsFromString } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { STEADY } from '../../src/json/steady.ts'

const OBJECTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'nothing in it': {},
  'other members': { name: 'x', arguments: { a: 1 } },
  'that member already': { more: 0, name: 'x' },
  'a member called __proto__': JSON.parse('{"__proto__":{"more":2},"name":"x"}') as Record<string, unknown>,
  'members that are numbers': { 2: 'b', 1: 'a' },
  'a symbol': { [Symbol.for('x')]: 1 },
  'a getter': {
    get name() {
      return 'got'
    },
  },
}

describe('with STEADY before it, a spread object gives the same', () => {
  it.each(Object.entries(OBJECTS))('with %s', (_what, object) => {
    const plain = { ...object, more: 1 }
    const steady = { ...STEADY, ...object, more: 1 }
    expect(Reflect.ownKeys(steady)).toEqual(Reflect.ownKeys(plain))
    expect(Object.getOwnPropertyDescriptors(steady)).toEqual(Object.getOwnPropertyDescriptors(plain))
    expect(Object.getPrototypeOf(steady)).toBe(Object.prototype)
  })
})

it('gives it the same hidden class each time (promise 9)', () => {
  setFlagsFromString('--allow-natives-syntax')
  // Only code that is compiled after the flag may ask V8 for a hidden class.
  // oxlint-disable-next-line no-new-func, no-implied-eval
  const haveSameClass = new Function('a', 'b', 'return %HaveSameMap(a, b)') as (
    a: object,
    b: object,
  ) => boolean
  const made = Array.from({ length: 1000 }, (_, index) => {
    const object: { name: string; at: number } = JSON.parse(`{"name":"x","at":${index}}`)
    return { ...STEADY, ...object, more: index }
  })
  // The first few may be made while V8 learns how.
  const [last, ...others] = made.slice(100)
  expect(others.every((one) => haveSameClass(one, last ?? {}))).toBe(true)
})
