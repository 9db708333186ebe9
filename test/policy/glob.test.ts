import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { matchGlob, validateGlob } from '../../src/policy/glob.ts'

describe('matchGlob', () => {
  test.each([
    ['get_issue', 'get_issue', true],
    ['get_issue', 'get_issues', false],
    ['get_*', 'get_', true],
    ['get_*', 'get_issue', true],
    ['get_*', 'forget_issue', false],
    ['*', '', true],
    ['*', 'anything', true],
    ['*_file', 'read_file', true],
    ['*a*b*', 'xxaxxbxx', true],
    ['*a*b*', 'xxbxxaxx', false],
    ['?', 'a', true],
    ['?', '', false],
    ['?', '🙂', true],
    ['get_?', 'get_ab', false],
    ['{get,list}_issue', 'list_issue', true],
    ['{get,list}_issue', 'drop_issue', false],
    ['issue{,s}', 'issue', true],
    ['issue{,s}', 'issues', true],
    ['{a,ab}{c,bc}', 'abc', true],
    ['{get_{a,b},list_*}', 'get_b', true],
    ['{get_{a,b},list_*}', 'get_c', false],
    ['{a*,*b}c', 'xbc', true],
    ['get.issue', 'getXissue', false],
    ['a+(b)|c$^', 'a+(b)|c$^', true],
    ['Get', 'get', false],
    ['-', '-', true],
    ['__proto__', '__proto__', true],
  ])('%s against %s: %s', (pattern, name, expected) => {
    expect(matchGlob(pattern, name)).toBe(expected)
  })

  test('time grows with the length, not with the number of ways to match', () => {
    const pattern = `${'*a'.repeat(60)}{b,${'*b'.repeat(50)}}c`
    // Backtracking would not come to an end.
    expect(matchGlob(pattern, 'ab'.repeat(2000))).toBe(false)
  })

  test('a name without special characters matches itself and nothing longer', () => {
    const plain = fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ019_-./ ')), minLength: 1 })
    fc.assert(
      fc.property(plain, plain, (name, more) => {
        expect(matchGlob(name, name)).toBe(true)
        expect(matchGlob(name, name + more)).toBe(false)
        expect(matchGlob(`${name}*`, name + more)).toBe(true)
        expect(matchGlob(`{x${name},${name}}`, name)).toBe(true)
      }),
    )
  })
})

describe('validateGlob', () => {
  test.each(['*', 'a{b,c}', '{a,{b,c}}', 'x{,y}', 'a b', 'größe_*'])('%s is fine', (pattern) => {
    expect(validateGlob(pattern)).toBeUndefined()
  })

  test.each([
    ['', /empty/],
    ['!delete_*', /block/],
    ['get_{a,b', /never closed/],
    ['get_a}', /closes no/],
    ['a,b', /two patterns/],
    ['[a-z]*', /no meaning/],
    ['a\\*', /no meaning/],
  ])('%s is refused with a sentence', (pattern, sentence) => {
    expect(validateGlob(pattern)).toMatch(sentence)
    expect(() => matchGlob(pattern, 'a')).toThrow(TypeError)
  })

  test('never throws, and matchGlob throws only for what it refuses', () => {
    const unit = fc.constantFrom(...Array.from('ab*?{},[]\\!'))
    fc.assert(
      fc.property(fc.string({ unit }), fc.string({ unit }), (pattern, name) => {
        if (validateGlob(pattern) === undefined) expect(typeof matchGlob(pattern, name)).toBe('boolean')
        else expect(() => matchGlob(pattern, name)).toThrow(TypeError)
      }),
    )
  })
})
