/** What a schema can ask of a number or a string; other values pass. `format` is an annotation, as 2020-12 has it. */
import type { Check } from '../node.ts'
import type { Run } from '../run.ts'
import { quote } from '../words.ts'
import type { Compiler, Reader } from './reader.ts'

export const NUMBER_WORDS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']
export const STRING_WORDS = ['minLength', 'maxLength', 'pattern']

export function numberChecks(read: Reader): Check[] {
  return [
    limit(read.number('minimum'), (value, least) => value >= least, 'at least'),
    limit(read.number('maximum'), (value, most) => value <= most, 'at most'),
    limit(read.number('exclusiveMinimum'), (value, than) => value > than, 'more than'),
    limit(read.number('exclusiveMaximum'), (value, than) => value < than, 'less than'),
    limit(read.positive('multipleOf'), isMultiple, 'a multiple of'),
  ].flat()
}

function limit(
  bound: number | undefined,
  holds: (value: number, bound: number) => boolean,
  words: string,
): Check[] {
  if (bound === undefined) return []
  return [
    (value, run) =>
      typeof value !== 'number' || holds(value, bound) || run.report(`expected ${words} ${bound}`),
  ]
}

/** As exact as decimal fractions in binary allow. */
function isMultiple(value: number, of: number): boolean {
  const times = value / of
  if (!Number.isFinite(times)) return true
  return Math.abs(times - Math.round(times)) <= 1e-9 * Math.max(1, Math.abs(times))
}

export function stringChecks(read: Reader, compiler: Compiler): Check[] {
  const least = read.count('minLength')
  const most = read.count('maxLength')
  return [
    ...length(least, (count, bound) => count >= bound, 'at least'),
    ...length(most, (count, bound) => count <= bound, 'at most'),
    ...pattern(read.string('pattern'), compiler),
  ]
}

function length(
  bound: number | undefined,
  holds: (count: number, bound: number) => boolean,
  words: string,
): Check[] {
  if (bound === undefined) return []
  return [
    (value, run) => {
      if (typeof value !== 'string') return true
      // Code points count, at most one a code unit and at least one for two; counting is for where that leaves it open.
      const [fewest, mostly] = [Math.ceil(value.length / 2), value.length]
      const isClear = holds(fewest, bound) === holds(mostly, bound)
      return (
        holds(isClear ? mostly : codePoints(value, run), bound) ||
        run.report(`expected ${words} ${bound} characters`)
      )
    },
  ]
}

function codePoints(text: string, run: Run): number {
  run.spend(text.length / 16)
  let count = 0
  for (const _character of text) count += 1
  return count
}

function pattern(source: string | undefined, compiler: Compiler): Check[] {
  if (source === undefined) return []
  const read = compiler.pattern(source, 'a pattern')
  if (read === undefined) return []
  return [
    (value, run) =>
      typeof value !== 'string' ||
      run.matches(read, value) ||
      run.report(`expected text that matches the pattern ${quote(source)}`),
  ]
}
