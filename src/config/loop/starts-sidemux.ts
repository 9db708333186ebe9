/**
 * Finds out whether a command starts sidemux, and with which words, directory and variables. It recognises its name,
 * its file, a link, a package of npx and the like, also behind `env`, a shell, a script or a launcher. A program that
 * starts sidemux by itself can't be seen here; it is found when sidemux begins to run (above.ts).
 */
import { dirname, isAbsolute, resolve } from 'node:path'
import { isSidemuxFile, lookUp, scriptOf } from './disk.ts'
import { commandsIn } from './shell.ts'

export interface Start {
  readonly words: readonly string[]
  /** Absolute. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

const MAX_DEPTH = 8

const SHELLS: ReadonlySet<string> = new Set(
  'sh bash dash zsh ksh ash fish cmd powershell pwsh busybox'.split(' '),
)

/** Programs that run what is named behind their own options. */
const LAUNCHERS: ReadonlySet<string> = new Set(
  [
    'node nodejs bun bunx deno tsx ts-node npx pnpx npm pnpm yarn corepack volta fnm mise asdf direnv nvm-exec',
    'env exec command time timeout nice nohup setsid stdbuf ionice chrt taskset sudo doas caffeinate script xargs',
    'dotenv dotenvx op doppler infisical with-env cross-env systemd-run unbuffer tini dumb-init start winpty',
  ].flatMap((line) => line.split(' ')),
)

const SUBCOMMANDS: ReadonlySet<string> = new Set('dlx exec x run tool create init'.split(' '))

/** Options whose next word is a value. */
const VALUED: ReadonlySet<string> = new Set(
  [
    '-p --package -w --workspace --registry --cache -n --adjustment -u --unset --user -k -s --signal -f -e --env-file',
    '-r --require --import --loader --experimental-loader --conditions --env --project --config-file --tag --title',
  ].flatMap((line) => line.split(' ')),
)

const DIRECTORIES: ReadonlySet<string> = new Set(['-C', '--chdir', '--cwd', '--dir', '--prefix', '-D'])

/** Where its own words begin. */
export function sidemuxIn(start: Start, depth = 0): Start | undefined {
  const [program, ...words] = start.words
  if (program === undefined || depth > MAX_DEPTH) return undefined
  const name = nameOf(program)
  if (isItself(program, start)) return { ...start, words }
  const rest = { ...start, words }
  if (SHELLS.has(name)) return inShell(rest, depth)
  if (LAUNCHERS.has(name)) return behind(rest, depth)
  const file = fileOf(program, start) ?? ''
  const script = scriptOf(file)
  return script === undefined ? undefined : inScript(script, rest, depth, dirname(file))
}

/** `sidemux`, `sidemux@latest`, `npm:sidemux`, or a file that is its program, whatever that is called. */
function isItself(word: string, start: Start): boolean {
  if (/^(?:npm:)?sidemux(?:@[\w.^~*<>=-]*)?$/.test(word)) return true
  // A package of somebody else's may end so.
  if (!word.startsWith('@') && nameOf(word) === 'sidemux') return true
  const file = fileOf(word, start)
  return file !== undefined && isSidemuxFile(file)
}

function fileOf(word: string, { cwd, env }: Start): string | undefined {
  if (/[/\\]/.test(word) || isAbsolute(word)) return resolve(cwd, word)
  return lookUp(word, env['PATH'] ?? '', cwd)
}

function nameOf(program: string): string {
  return (program.split(/[/\\]/).at(-1) ?? '').toLowerCase().replace(/\.(?:exe|cmd|bat|ps1)$/, '')
}

/** What a launcher is to run: the first word that is neither its own nor an option's. */
function behind(start: Start, depth: number): Start | undefined {
  let { cwd, env } = start
  const { words } = start
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    const next = words[at + 1] ?? ''
    const [, variable, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? []
    const [, option = word, inline] = /^(--?[\w-]+)=(.*)$/s.exec(word) ?? []
    if (variable !== undefined && value !== undefined) env = { ...env, [variable]: value }
    else if (DIRECTORIES.has(option)) {
      cwd = resolve(cwd, inline ?? next)
      if (inline === undefined) at += 1
    } else if (option === '-c' || option === '--call' || option === '-S' || option === '--split-string') {
      const line = [inline ?? next, ...(option.toLowerCase() === '-s' ? words.slice(at + 2) : [])].join(' ')
      return inScript(line, { words: [], cwd, env }, depth)
    } else if (word === '-i' || word === '--ignore-environment' || word === '-') env = {}
    else if (word.startsWith('-')) {
      if (VALUED.has(word)) {
        // A module that is loaded first is run as well, and a line of code may load one.
        const modules = [next, ...[...next.matchAll(/['"`]([^'"`]+)['"`]/g)].map(([, text]) => text ?? '')]
        if (modules.some((module) => /[/\\]/.test(module) && isSidemuxFile(asFile(module, cwd)))) {
          return { words: [], cwd, env }
        }
        at += 1
      }
    } else if (!SUBCOMMANDS.has(word) && !/^\d/.test(word)) {
      const here = { words: words.slice(at), cwd, env }
      if (isSidemuxFile(asFile(word, cwd))) return { ...here, words: words.slice(at + 1) }
      return sidemuxIn(here, depth + 1)
    }
  }
  return undefined
}

function asFile(module: string, cwd: string): string {
  return resolve(cwd, module.replace(/^file:\/\//, ''))
}

function inShell(start: Start, depth: number): Start | undefined {
  const { words } = start
  const at = words.findIndex((word) => /^(?:-[a-z]*c|\/[ck]|--?command)$/i.test(word))
  if (at !== -1)
    return (
      inScript(words.slice(at + 1).join(' '), start, depth) ?? inScript(words[at + 1] ?? '', start, depth)
    )
  const file = words.find((word) => !word.startsWith('-'))
  if (file === undefined) return undefined
  const script = scriptOf(resolve(start.cwd, file))
  return script === undefined
    ? sidemuxIn({ ...start, words: words.slice(words.indexOf(file)) }, depth + 1)
    : inScript(script, start, depth, dirname(resolve(start.cwd, file)))
}

/** `dir`: where a `cd "$(dirname "$0")"` leads. */
function inScript(script: string, start: Start, depth: number, dir = start.cwd): Start | undefined {
  let { cwd, env } = start
  for (const words of commandsIn(script, env)) {
    const own = [...words]
    const set: Record<string, string> = {}
    if (own[0] === 'export' || own[0] === 'set') own.shift()
    for (let match = ASSIGNMENT.exec(own[0] ?? ''); match !== null; match = ASSIGNMENT.exec(own[0] ?? '')) {
      set[match[1] ?? ''] = match[2] ?? ''
      own.shift()
    }
    if (own.length === 0) env = { ...env, ...set }
    else if (own[0] === 'cd' && own[1] !== undefined) cwd = own[1].includes('$') ? dir : resolve(cwd, own[1])
    else {
      const found = sidemuxIn({ words: own, cwd, env: { ...env, ...set } }, depth + 1)
      if (found !== undefined) return found
    }
  }
  return undefined
}

const ASSIGNMENT = /^([A-Za-z_]\w*)=(.*)$/s
