import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { argumentsShape } from '../../src/audit/facts/shape.ts'

const same = (key: string): string => key
const mask = (key: string): string => key.replace('s3cret'.repeat(20), '[redacted]')

describe('argumentsShape: never a value (promise 3)', () => {
  test('kinds and sizes', () => {
    const args = {
      path: '/etc/hostname',
      deep: true,
      list: [1, 2, 3],
      n: 4,
      none: null,
      o: { a: 1 },
      u: undefined,
    }
    expect(argumentsShape(args, same)).toEqual({
      path: 'string(13)',
      deep: 'boolean',
      list: 'array(3)',
      n: 'number',
      none: 'null',
      o: 'object(1)',
      u: 'undefined',
    })
  })

  test('keys are masked before they are shortened, and stay apart', () => {
    expect(argumentsShape({ ['s3cret'.repeat(20)]: 1, '[redacted]': 'x' }, mask)).toEqual({
      '[redacted]': 'number',
      '[redacted]#2': 'string(1)',
    })
  })

  test('bounded in number and length', () => {
    const args = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`${i}`.padStart(500, 'k'), i]))
    const shape = argumentsShape(args, same)
    expect(Object.keys(shape)).toHaveLength(65)
    expect(shape['…']).toBe('936 more')
    expect(JSON.stringify(shape).length).toBeLessThan(10_000)
  })

  test('__proto__ is a key like any other', () => {
    const shape = argumentsShape(JSON.parse('{"__proto__": {"a": 1}}') as Record<string, unknown>, same)
    expect(JSON.stringify(shape)).toBe('{"__proto__":"object(1)"}')
    expect(Object.getPrototypeOf(shape)).toBe(Object.prototype)
  })

  test('no string of the arguments is in it', () => {
    const value = fc.string({ minLength: 4, unit: fc.constantFrom('X', 'Y', 'Z') })
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: fc.constantFrom('a', 'b') }), fc.oneof(value, fc.array(value))),
        (args) => {
          expect(JSON.stringify(argumentsShape(args, same))).not.toMatch(/[XYZ]/)
        },
      ),
    )
  })
})
