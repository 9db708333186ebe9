/**
 * Accepts what people copy out of the middle of a JSON file: `"github": {…}, "docs": {…}` without the braces around
 * it, or a whole JSON file or its `mcpServers` member, indented as it was, below the line `version: 1`. YAML reads
 * neither. In braces of ours it is one mapping, with every character one place further on.
 */
import { blankComments } from './flow.ts'

const HEAD = /^(?:[ \t]*(?:#[^\n]*|\/\/[^\n]*|---[ \t]*)?\r?\n)*/
const VERSION = /^version:[ \t]+1[ \t]*(?:#[^\n]*)?\r?\n/
/** A quoted key, as JSON has it; below the version also another one with braces behind it. */
const MEMBER = /^\s*"(?:[^"\\\n]|\\[^\n])*"\s*:/
const BRACED = /^\s*[A-Za-z_][\w.-]*\s*:\s*\{/

/** Undefined when the text doesn't look so; whether it can be read is still to be seen. */
export function inBraces(text: string): string | undefined {
  const head = HEAD.exec(text)?.[0] ?? ''
  const version = VERSION.exec(text.slice(head.length))?.[0] ?? ''
  const rest = text.slice(head.length + version.length)
  const body = version === '' ? rest : withoutBraces(rest)
  const between = HEAD.exec(body)?.[0] ?? ''
  const member = body.slice(between.length)
  if (!MEMBER.test(member) && !(version !== '' && BRACED.test(member))) return undefined
  // The comma takes the place of the line break.
  return `{${blankLines(head)}${version.replace(/[ \t]*(?:#[^\n]*)?(\r?)\n$/, (end) => `,${' '.repeat(end.length - 1)}`)}${body}\n}`
}

/** `---` and comments would be read otherwise in braces, and what they say means nothing here. */
function blankLines(text: string): string {
  return text.replace(/[^\r\n]/g, ' ')
}

/** Of a whole file that follows the version, with nothing but blanks and commas around it. */
function withoutBraces(rest: string): string {
  const { text } = blankComments(rest)
  const [, before, inside, after] = /^(\s*)\{([\s\S]*)\}([\s,;]*)$/.exec(text) ?? []
  if (before === undefined || inside === undefined || after === undefined) return rest
  return `${before} ${inside} ${blankLines(after)}`
}
