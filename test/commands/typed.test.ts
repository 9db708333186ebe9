/** A secret typed or pasted in a terminal: what it comes to, whatever the pieces in which it arrives. */
import { expect, it } from 'vitest'
import { Typed } from '../../src/commands/secrets/typed.ts'

const PEM = '-----BEGIN KEY-----\nabc=\n-----END KEY-----'
const pasted = (text: string): string => `\u001B[200~${text}\u001B[201~`

const cases: readonly [what: string, keys: string, outcome: string, value?: string][] = [
  ['a token', 'abc\r', 'entered', 'abc'],
  ['with corrections', 'wrong\u0015abX\u007FcX\b\r', 'entered', 'abc'],
  ['given up', 'abc\u0003', 'given up'],
  ['given up, before anything was typed', '\u0004', 'given up'],
  ['a pasted token', `${pasted('abc')}\r`, 'entered', 'abc'],
  ['a pasted token with its line break', `${pasted('abc\r')}\r`, 'entered', 'abc'],
  ['typed around what is pasted', `a${pasted('b')}c\r`, 'entered', 'abc'],
  ['a pasted PEM', `${pasted(PEM)}\r`, 'entered', `${PEM}\n`],
  ['a pasted PEM with its last line break', `${pasted(`${PEM}\n`)}\r`, 'entered', `${PEM}\n`],
  ['a PEM as terminals paste it', `${pasted(PEM.replaceAll('\n', '\r'))}\r`, 'entered', `${PEM}\n`],
  ['a PEM of Windows', `${pasted(PEM.replaceAll('\n', '\r\n'))}\r`, 'entered', `${PEM}\n`],
  ['a pasted tab, and a control character', `${pasted('a\tb\u0003c')}\r`, 'entered', 'a\tbc'],
  ['beyond the basic plane', `a\u{1F511}X\u007F\u{1F511}\u007Fb\r`, 'entered', 'a\u{1F511}b'],
]

it.each(cases)('%s', (_what, keys, outcome, value) => {
  const whole = new Typed()
  expect(whole.take(keys)).toBe(outcome)
  const bytewise = new Typed()
  const outcomes = Array.from(keys, (key) => bytewise.take(key))
  expect(outcomes.find((one) => one !== 'more')).toBe(outcome)
  if (value !== undefined) expect([whole.value, bytewise.value]).toEqual([value, value])
})

it.each([PEM, PEM.replaceAll('\n', '\r'), PEM.replaceAll('\n', '\r\n')])(
  'several lines that no terminal marks as pasted are refused, and not cut to their first',
  (text) => {
    expect(new Typed().take(text)).toBe('several lines')
  },
)
