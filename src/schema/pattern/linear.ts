/**
 * Writes an expression of JavaScript for RE2, whose time grows with the text alone. What JavaScript and RE2 read in
 * different ways (`.`, `\s`, the end of the text) is written out. What RE2 can't do (looking around, groups again) or
 * knows from another Unicode has no such form.
 */
import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'
import type { Expression } from './expression.ts'

let library: { readonly RE2JS: typeof RE2JS } | undefined

/** Undefined where it has no such form. The library is loaded for the first that needs it. */
export function linearMatcher(expression: Expression): ((text: string) => boolean) | undefined {
  const written = forRe2(expression)
  if (written === undefined) return undefined
  library ??= createRequire(import.meta.url)('re2js') as { readonly RE2JS: typeof RE2JS }
  try {
    const compiled = library.RE2JS.compile(written)
    return (text) => compiled.test(text)
  } catch {
    // It has bounds of its own, such as 1000 repetitions.
    return undefined
  }
}

function forRe2(expression: Expression): string | undefined {
  switch (expression.kind) {
    case 'one':
    case 'place':
      return expression.re2
    case 'row':
      return all(expression.parts, '')
    case 'either':
      return all(expression.parts, '|')
    case 'times': {
      const { of, min, max } = expression
      const part = forRe2(of)
      return part === undefined ? undefined : `(?:${part}){${min},${max === Infinity ? '' : max}}`
    }
    default:
      return undefined
  }
}

function all(parts: readonly Expression[], between: string): string | undefined {
  const written = parts.map(forRe2)
  return written.includes(undefined) ? undefined : `(?:${written.join(between)})`
}
