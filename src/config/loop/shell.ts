/**
 * The commands in a line or script for a shell, as lists of words: quotes taken away, `$NAME` put in where it is known.
 * No more of a shell's language than people write around a program; what is left over makes no command of ours.
 */

const SEPARATORS = /^(?:&&|\|\||[;&|\n(){}!])/
const KEYWORDS: ReadonlySet<string> = new Set([
  'then',
  'do',
  'else',
  'if',
  'while',
  'until',
  'elif',
  'fi',
  'done',
])

export function commandsIn(
  script: string,
  env: Readonly<Record<string, string>>,
): readonly (readonly string[])[] {
  const commands: string[][] = []
  let words: string[] = []
  let word: string | undefined
  const endWord = (): void => {
    if (word !== undefined && !(words.length === 0 && KEYWORDS.has(word))) words.push(word)
    word = undefined
  }
  const endCommand = (): void => {
    endWord()
    if (words.length > 0) commands.push(words)
    words = []
  }
  for (let at = 0; at < script.length;) {
    const rest = script.slice(at, at + 4096)
    const [blank] = /^(?:[ \t\r]+|\\\r?\n)/.exec(rest) ?? []
    const [comment] = word === undefined ? (/^#[^\n]*/.exec(rest) ?? []) : []
    const [separator] = SEPARATORS.exec(rest) ?? []
    const [quoted] = /^(?:'[^']*'|"(?:\$\([^)]*\)|[^"\\]|\\[\s\S])*"|\$\([^)]*\))/.exec(rest) ?? []
    const [plain] = /^(?:\\[\s\S]|\$\{?\w+\}?|[^\s'"\\;&|(){}$]+|[\s\S])/.exec(rest) ?? []
    if (blank !== undefined) endWord()
    else if (comment === undefined && separator !== undefined) endCommand()
    else if (comment === undefined) word = (word ?? '') + textOf(quoted ?? plain ?? '', env)
    at += (blank ?? comment ?? separator ?? quoted ?? plain ?? ' ').length
  }
  endCommand()
  return commands
}

function textOf(piece: string, env: Readonly<Record<string, string>>): string {
  if (piece.startsWith("'")) return piece.slice(1, -1)
  const inner = piece.startsWith('"') && piece.length > 1 ? piece.slice(1, -1) : piece
  return inner.replaceAll(
    /\\([\s\S])|\$\{(\w+)\}|\$(\w+)/g,
    (whole: string, escaped?: string, braced?: string, bare?: string) =>
      escaped ?? env[braced ?? bare ?? ''] ?? whole,
  )
}
