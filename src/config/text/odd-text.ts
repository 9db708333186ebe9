/**
 * Text without quotes that nobody means as it is: a comment of another language, quotes of a word processor, blanks of
 * a web page, a missing comma. It would become a key, an argument or a value.
 */
import { isScalar, type Node } from 'yaml'
import { isOddBlank } from './flow.ts'
import { BACKSLASH, COMMENT, CURLY_QUOTES, ODD_BLANK, STRAY_QUOTES } from './recognise.ts'

type Said = { readonly message: string; readonly hint: string }

/** None that a path, an argument or a value has; tab and line ends may be meant. */
const CONTROL = /[^\P{Cc}\t\n\r]|[\u2028\u2029]/u

/** `C:\new`, `--dir=.\tmp`, `%APPDATA%\npm`, with what an escape has made of a step. */
const WINDOWS_PATH =
  /^(?:--?[\w-]{1,64}[= ])?(?:[A-Za-z]:|\.{1,2}|%\w{1,64}%|~|\$\{env:\w{1,64}\})(?:[\\/][^\t\n\r:]{0,512})?[\t\n\r]/

/** `isProse`: for people, where quotes may be any. */
export function oddText(node: Node, isProse: boolean, isFlow: boolean): Said | undefined {
  if (!isScalar(node) || typeof node.value !== 'string') return undefined
  const text = node.value
  if (node.type === 'QUOTE_DOUBLE')
    return CONTROL.test(text) || WINDOWS_PATH.test(text) ? BACKSLASH : undefined
  if (node.type !== 'PLAIN') return undefined
  if (/(?:^|\s)\/\//.test(text) || /(?:^|\s)\/\*.*\*\//s.test(text)) return COMMENT
  if (!isProse && /^[“”„‘’].*[“”‘’]$/s.test(text)) return CURLY_QUOTES
  if (isFlow && !isProse && /\s"/.test(text)) return STRAY_QUOTES
  return isOddBlank(text[0]) || isOddBlank(text.at(-1)) ? ODD_BLANK : undefined
}

export function oddKey(node: Node, isFlow: boolean): Said | undefined {
  if (isScalar(node) && node.type !== 'PLAIN') return undefined
  const odd = oddText(node, false, isFlow)
  if (odd !== undefined || !isScalar(node) || node.type !== 'PLAIN') return odd
  return typeof node.value === 'string' && /^[“”„‘’]/.test(node.value) ? CURLY_QUOTES : undefined
}
