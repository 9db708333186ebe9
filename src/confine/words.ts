/**
 * Reads the words of a launch: its arguments, and those of a shell's line where it is started by one, as in
 * `sh -c "cd /srv/a && exec node server.js"`. Pure.
 */
import { posix } from 'node:path'

const SHELL = /^(?:ba|da|z|k|fi)?sh$/
const INTERPRETER = /^(?:node|nodejs|bun|deno|tsx|ts-node|python[\d.]*|pypy[\d.]*|ruby|perl|php|java|dotnet)$/
const PROGRAM_FOLDERS = new Set(['bin', 'sbin', '.bin', 'shims'])
const SCRIPT = /\.(?:[cm]?[jt]sx?|py|rb|php|sh|pl|jar|dll|wasm)$/i

export interface LaunchWord {
  readonly text: string
  /** It is started or loaded, or may be; the rest is what the server is told. */
  readonly isProgram: boolean
}

/** The arguments in their order, without the quotes of a shell's line. */
export function wordsOf({
  command,
  args,
}: {
  readonly command: string
  readonly args: readonly string[]
}): readonly LaunchWord[] {
  const isLine = (at: number): boolean => runsLines(command) && isLineFlag(args[at - 1])
  const first = isInterpreter(command) ? args.findIndex((arg) => !arg.startsWith('-')) : -1
  return args.flatMap((arg, at) =>
    isLine(at)
      ? shellWords(arg).map((text) => ({ text, isProgram: isScript(text) || isInstalled(text) }))
      : [{ text: arg, isProgram: at === first || isScript(arg) }],
  )
}

function isInstalled(word: string): boolean {
  return word.startsWith('/') && isProgramFolder(posix.dirname(word))
}

export function isProgramFolder(directory: string): boolean {
  return PROGRAM_FOLDERS.has(posix.basename(directory))
}

export function runsLines(command: string): boolean {
  return SHELL.test(posix.basename(command))
}

/** What follows is a line: `-c`, `-lc`. */
export function isLineFlag(word = ''): boolean {
  return /^-\w*c$/.test(word)
}

/** Of a line, as far as they are written out; what a shell would make of variables isn't known. */
export function shellWords(line: string): string[] {
  return [...line.matchAll(/(?:"[^"]*"|'[^']*'|\\.|[^\s;&|<>()"'\\])+/g)].map(([word]) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'|\\(.)/g, (_, double = '', single = '', escaped = '') =>
      [double, single, escaped].join(''),
    ),
  )
}

export function isScript(word: string): boolean {
  return SCRIPT.test(word)
}

/** A program that runs the script which it is started with. */
export function isInterpreter(command: string): boolean {
  return INTERPRETER.test(posix.basename(command).replace(/\.exe$/i, ''))
}

/** Fetches a package and runs it. */
export function isRunner(command: string): boolean {
  return /^(?:npx|npm|pnpm|pnpx|yarn|bunx?|uvx?|pipx|deno)$/.test(posix.basename(command))
}
