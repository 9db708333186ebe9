/**
 * Recognises a text that YAML can't read: a TOML file, a Markdown fence, comments of another language, quotes of a
 * word processor, two files in one. Each message says what to do; nothing is guessed.
 */
export interface RecognisedSyntax {
  /** Offset in the text. */
  readonly at: number
  readonly severity: 'error'
  readonly message: string
  readonly hint: string
}

export const COMMENT = {
  message: 'comments begin with # in YAML',
  hint: 'write # in place of // (or put the text in quotes if it is no comment)',
} as const

export const CURLY_QUOTES = {
  message: 'these are typographic quotes, and only straight ones ("…") are quotes here',
  hint: 'replace “ and ” by " in the whole file',
} as const

export const STRAY_QUOTES = {
  message: 'a text without quotes holds quotes',
  hint: 'is a comma missing, or is it a comment? Comments begin with // or # here',
} as const

export const BACKSLASH = {
  message: 'a text in double quotes holds a control character, as "C:\\tools" does',
  hint: 'write each backslash of a path twice, or put the text in single quotes in YAML',
} as const

export const BAD_ESCAPE = {
  message: 'a double-quoted text holds an unknown escape',
  hint: 'double the backslash, or use single quotes, in which a backslash is just that',
} as const

export const ODD_BLANK = {
  message: 'a non-breaking or invisible blank stands here',
  hint: 'replace it by a space, as web pages and chats put others in',
} as const

/** `at`: where reading failed. */
export function recogniseSyntax(text: string, at: number): RecognisedSyntax | undefined {
  return SHAPES.map((shape) => shape(text, at)).find((found) => found !== undefined)
}

type Shape = (text: string, at: number) => RecognisedSyntax | undefined

function error(at: number, { message, hint }: { message: string; hint: string }): RecognisedSyntax {
  return { at, severity: 'error', message, hint }
}

const fence: Shape = (text) => {
  const at = text.search(/^[ \t]*(?:```|~~~)/m)
  return at === -1
    ? undefined
    : error(at, {
        message: 'a Markdown fence (```) is no part of a configuration',
        hint: 'remove this line and the one that ends the block, and what is around them',
      })
}

const toml: Shape = (text) => {
  const codex = text.search(/^[ \t]*(?:\[+[ \t]*"?mcp_servers\b|mcp_servers[\w."-]*[ \t]*=)/m)
  if (codex !== -1) return error(codex, CODEX)
  const table = text.search(/^[ \t]*\[+[A-Za-z_][\w."' -]*\]+[ \t]*(?:#.*)?\r?$/m)
  const assignment = text.search(/^[ \t]*[A-Za-z_][\w.-]*[ \t]*=[ \t]*["'[{\w]/m)
  if (assignment === -1) return undefined
  const isAll = text.split('\n').every((line) => /^\s*(?:#.*|(?:export\s+)?[\w.-]+\s*=.*)?$/.test(line))
  return table !== -1 || isAll
    ? error(table === -1 ? assignment : Math.min(table, assignment), TOML)
    : undefined
}

const CODEX = {
  message: 'this is TOML, as Codex has it in config.toml; it is not read',
  hint: 'write [mcp_servers.NAME] as `servers: { NAME: { command: …, args: […], env: { … } } }`',
}
const TOML = {
  message: 'these are lines of NAME = value, as TOML and .env files have them; only YAML and JSON are read',
  hint: 'write `servers: { NAME: { command: …, args: […], env: { … } } }`',
}

/** At the place that can't be read, or on the last line before it that begins so. */
const comment: Shape = (text, at) => {
  const here = /\/[/*]/.exec(text.slice(at, at + 4))
  if (here !== null) return error(at + here.index, COMMENT)
  const lineEnd = text.indexOf('\n', at)
  const before = text.slice(0, lineEnd === -1 ? text.length : lineEnd)
  const lines = [...before.matchAll(/^[ \t]*(?=\/\/|\/\*)|[^\s:][ \t]+(?=\/\/[ \t])/gm)]
  const last = lines.at(-1)
  return last === undefined ? undefined : error(last.index + last[0].length, COMMENT)
}

const shell: Shape = (text) => {
  const at = text.search(
    /^\s*(?:[$>] )?(?:(?:claude|gemini|codex|amp) mcp add|code --add-mcp|npx|npm|pnpm|bunx|uvx|uv|pip|pipx|docker) /,
  )
  return at === -1
    ? undefined
    : error(at, {
        message: 'this is a command for a shell, and no configuration',
        hint: 'write `servers: { NAME: { command: npx, args: [-y, PACKAGE] } }`',
      })
}

const html: Shape = (text) => {
  const at = text.search(/&(?:quot|#34|#x22|amp);/)
  return at === -1
    ? undefined
    : error(at, {
        message: 'a web page has put its escapes here',
        hint: 'replace &quot; by " in the whole file',
      })
}

const quotes: Shape = (text) => {
  const at = text.search(/[“”„]/)
  return at === -1 ? undefined : error(at, CURLY_QUOTES)
}

const blank: Shape = (text, failed) => {
  const at = text.search(/[\u00A0\u1680\u2000-\u200B\u202F\u205F\u2060\u3000\uFEFF]/)
  return at === -1 || at > failed + 200 ? undefined : error(at, ODD_BLANK)
}

/** `}` and `{` with nothing but blanks and a comma between them, outside of what holds them. */
const second: Shape = (text, at) => {
  if (!/^\s*[{[]/.test(text) || !/^\s*,?\s*[{["]/.test(text.slice(at))) return undefined
  const [blanks = ''] = /^[\s,]*/.exec(text.slice(at)) ?? []
  return /\}\s*,?\s*$/.test(text.slice(0, at))
    ? error(at + blanks.length, {
        message: 'a second JSON object begins here, and one file holds one',
        hint: 'move its servers into the first one, before its last brace',
      })
    : undefined
}

const program: Shape = (text) => {
  const at = text.search(/^\s*(?:export\s+default|module\.exports|(?:const|let|var)\s+\w+\s*=)/)
  return at === -1
    ? undefined
    : error(at, {
        message: 'this is a program, and only YAML and JSON are read',
        hint: 'paste the object alone',
      })
}

/** Braces and brackets that are open there, outside of quotes and comments. */
function openAt(text: string, at: number): number {
  const bare = text.slice(0, at).replaceAll(/"(?:[^"\\\n]|\\.)*"|\/\*[^]*?\*\/|(?:\/\/|#)[^\n]*/g, '')
  return (bare.match(/[[{]/g)?.length ?? 0) - (bare.match(/[\]}]/g)?.length ?? 0)
}

/** What follows the last brace: one brace too many, or words. */
const behind: Shape = (text, at) => {
  if (!/^\s*[{[]/.test(text) || !/[\]}][\s,;]*$/.test(text.slice(0, at)) || openAt(text, at) !== 0)
    return undefined
  const [blanks = ''] = /^[\s,;]*/.exec(text.slice(at)) ?? []
  return error(
    at + blanks.length,
    /^[\]}]/.test(text.slice(at + blanks.length))
      ? { message: 'this brace or bracket closes nothing', hint: 'remove it, or the one too many before it' }
      : {
          message: 'the configuration ends before this text',
          hint: 'remove what stands behind its last brace',
        },
  )
}

/** Words before the first brace. */
const before: Shape = (text) => {
  const [, blanks = '', line = ''] = /^(\s*)([^\n]*)\n[^]*?^[ \t]*\{/m.exec(text) ?? []
  return line === '' || /^(?:[{["'#-]|\/[/*]|[\w.-]+[ \t]*:(?:\s|$))/.test(line)
    ? undefined
    : error(blanks.length, {
        message: 'this line is no part of a configuration',
        hint: 'remove it, or write # before it if it is a comment',
      })
}

const SHAPES: readonly Shape[] = [
  fence,
  toml,
  program,
  shell,
  html,
  second,
  behind,
  before,
  comment,
  quotes,
  blank,
]
