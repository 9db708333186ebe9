/**
 * argv to command, and the one place that prints an error and its hint. Each verb is loaded when it is asked for,
 * so that `serve` doesn't pay for the others.
 */
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { SidemuxError, renderError, systemErrorCode } from '../errors.ts'
import { LOG_LEVELS, type LogLevel } from '../log.ts'
import { version } from '../version.ts'
import { help } from './help.ts'
import type { Io } from './io.ts'
import { stateDir } from '../state-dir.ts'

const CONFIG = { config: { type: 'string' } } as const
const CHOICE = { ...CONFIG, environment: { type: 'string' }, profile: { type: 'string' } } as const
const LOG = { 'log-level': { type: 'string' } } as const
const JSON_OPTION = { json: { type: 'boolean' } } as const
const HELP = { help: { type: 'boolean', short: 'h' } } as const

type Options = NonNullable<ParseArgsConfig['options']>
type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>

interface Verb {
  readonly options: Options
  /** What may stand beside the options. */
  readonly positionals: { readonly min: number; readonly max: number; readonly words?: string }
  run(values: Values, positionals: readonly string[], io: Io): Promise<number>
}

const VERBS: Readonly<Record<string, Verb>> = {
  serve: {
    options: { ...CHOICE, ...LOG },
    positionals: { min: 0, max: 0 },
    run: async (values, _none, io) =>
      (await import('./serve.ts')).serve({ ...choice(values), logLevel: logLevel(values, io, 'info') }, io),
  },
  check: {
    options: { ...CHOICE, ...JSON_OPTION },
    positionals: { min: 0, max: 0 },
    run: async (values, _none, io) =>
      (await import('./check.ts')).check({ ...choice(values), json: values['json'] === true }, io),
  },
  tools: {
    options: {
      ...CHOICE,
      ...LOG,
      ...JSON_OPTION,
      suggest: { type: 'boolean' },
      accept: { type: 'string' },
      explain: { type: 'string' },
      args: { type: 'string' },
    },
    positionals: { min: 0, max: 0 },
    run: async (values, _none, io) => {
      const [explain, accept, args] = [text(values, 'explain'), text(values, 'accept'), text(values, 'args')]
      const common = {
        ...choice(values),
        json: values['json'] === true,
        logLevel: logLevel(values, io, 'error'),
      }
      const suggest = values['suggest'] === true
      if (explain !== undefined) {
        if (suggest || accept !== undefined)
          throw usage('--explain stands alone', 'leave --suggest and --accept for a command of their own')
        return (await import('./explain.ts')).explainTool(
          { ...common, which: explain, ...(args === undefined ? {} : { args }) },
          io,
        )
      }
      if (args !== undefined)
        throw usage('--args belongs to --explain', 'run "sidemux tools --explain SERVER/TOOL --args JSON"')
      return (await import('./tools.ts')).tools(
        { ...common, suggest, ...(accept === undefined ? {} : { accept }) },
        io,
      )
    },
  },
  call: {
    options: { ...CHOICE, ...LOG, ...JSON_OPTION, args: { type: 'string' } },
    positionals: { min: 2, max: 2, words: 'SERVER and TOOL' },
    run: async (values, [server = '', tool = ''], io) => {
      const args = text(values, 'args')
      return (await import('./call.ts')).call(
        {
          ...choice(values),
          server,
          tool,
          json: values['json'] === true,
          logLevel: logLevel(values, io, 'error'),
          ...(args === undefined ? {} : { args }),
        },
        io,
      )
    },
  },
  approvals: {
    options: { ...CONFIG, ...JSON_OPTION, watch: { type: 'boolean' } },
    // approvals.ts says more exactly which.
    positionals: { min: 0, max: 100, words: 'list, approve, deny, revoke or page' },
    run: async (values, words, io) => {
      const path = text(values, 'config')
      return (await import('./approvals.ts')).approvals(
        words,
        {
          json: values['json'] === true,
          watch: values['watch'] === true,
          ...(path === undefined ? {} : { path }),
        },
        io,
      )
    },
  },
  policy: {
    options: { ...CHOICE, ...JSON_OPTION },
    positionals: { min: 2, max: 2, words: 'test FILE.jsonl' },
    run: async (values, [action = '', file = ''], io) => {
      if (action !== 'test')
        throw usage('there is no such "policy" command', 'run "sidemux policy test FILE.jsonl"')
      return (await import('./policy.ts')).policyTest(
        { ...choice(values), json: values['json'] === true, file },
        io,
      )
    },
  },
  audit: {
    options: { ...CONFIG, ...JSON_OPTION, limit: { type: 'string' }, follow: { type: 'boolean' } },
    positionals: { min: 0, max: 1, words: 'verify, show or tail' },
    run: async (values, [action = 'verify'], io) => {
      if (action !== 'verify' && action !== 'show' && action !== 'tail')
        throw usage(`there is no "audit ${action}"`, 'run "sidemux audit verify", "show" or "tail"')
      const limit = text(values, 'limit')
      if (limit !== undefined && !/^[1-9]\d{0,6}$/.test(limit))
        throw usage('--limit is not a number', 'write for example --limit 50')
      return (await import('./audit.ts')).audit(
        action,
        {
          stateDir: stateDir(io.env),
          json: values['json'] === true,
          follow: values['follow'] === true,
          ...(limit === undefined ? {} : { limit: Number(limit) }),
        },
        io,
      )
    },
  },
  secrets: {
    options: {
      ...CHOICE,
      ...JSON_OPTION,
      to: { type: 'string' },
      write: { type: 'boolean' },
      backend: { type: 'string' },
      format: { type: 'string' },
      server: { type: 'string' },
    },
    // dispatch.ts says more exactly which, without repeating a word that could be a value.
    positionals: { min: 0, max: 100, words: 'check, set, get-info, delete, list, migrate or policy' },
    run: async (values, words, io) => {
      const to = text(values, 'to')
      const backend = text(values, 'backend')
      const format = text(values, 'format')
      const server = text(values, 'server')
      return (await import('./secrets/dispatch.ts')).secrets(
        words,
        {
          ...choice(values),
          json: values['json'] === true,
          write: values['write'] === true,
          ...(to === undefined ? {} : { to }),
          ...(backend === undefined ? {} : { backend }),
          ...(format === undefined ? {} : { format }),
          ...(server === undefined ? {} : { server }),
        },
        io,
      )
    },
  },
}

export async function main(argv: readonly string[], process: NodeJS.Process): Promise<number> {
  const io: Io = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
  }
  surviveLostReaders(io)
  try {
    return await run(argv, io)
  } catch (error) {
    const known = error instanceof SidemuxError ? error : unexpected(error)
    io.stderr.write(`sidemux: ${renderError(known)}\n`)
    return known.exitCode
  }
}

/** `sidemux tools | head` is no accident: who stops reading has read enough. A full disk is one. */
function surviveLostReaders({ stdout, stderr }: Io): void {
  stderr.on('error', () => {})
  stdout.on('error', (error: unknown) => {
    const code = systemErrorCode(error)
    if (code === 'EPIPE' || process.exitCode === 1) return
    process.exitCode = 1
    stderr.write(
      `sidemux: ${renderError({ message: `the output could not be written (${code ?? 'unknown error'})`, hint: 'make room where it goes, or send it elsewhere' })}\n`,
    )
  })
}

async function run(argv: readonly string[], io: Io): Promise<number> {
  const first = argv[0]
  if (first === '--version' || first === '-V') return say(`${version}\n`, io)
  if (first === '--help' || first === '-h' || first === 'help') return say(help(argv[1]), io)
  const named = first !== undefined && !first.startsWith('-')
  const name = named ? first : 'serve'
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined
  if (verb === undefined) throw usage(`there is no command "${name}"`, 'run "sidemux --help"')
  const { values, positionals } = parse(argv.slice(named ? 1 : 0), verb, name)
  if (values['help'] === true) return say(help(name), io)
  if (positionals.length < verb.positionals.min || positionals.length > verb.positionals.max) {
    const { words } = verb.positionals
    throw usage(
      words === undefined ? `"${name}" takes options only` : `"${name}" is followed by ${words}`,
      `run "sidemux ${name} --help"`,
    )
  }
  return verb.run(values, positionals, io)
}

function parse(argv: string[], verb: Verb, name: string): { values: Values; positionals: string[] } {
  try {
    return parseArgs({
      args: argv,
      options: { ...verb.options, ...HELP },
      allowPositionals: true,
      strict: true,
    })
  } catch (error) {
    // parseArgs quotes the option's name and never a value; its second sentence is advice about positionals.
    const message = error instanceof Error ? (error.message.split('. ')[0] ?? '') : ''
    throw usage(message === '' ? 'the options are not understood' : message, `run "sidemux ${name} --help"`)
  }
}

function choice(values: Values): { path?: string; environment?: string; profile?: string } {
  const [path, environment, profile] = [
    text(values, 'config'),
    text(values, 'environment'),
    text(values, 'profile'),
  ]
  return {
    ...(path === undefined ? {} : { path }),
    ...(environment === undefined ? {} : { environment }),
    ...(profile === undefined ? {} : { profile }),
  }
}

function logLevel(values: Values, io: Io, otherwise: LogLevel): LogLevel {
  const asked = text(values, 'log-level') ?? io.env['SIDEMUX_LOG']
  if (asked === undefined || asked === '') return otherwise
  const level = LOG_LEVELS.find((candidate) => candidate === asked)
  if (level === undefined) throw usage('there is no such log level', `use one of ${LOG_LEVELS.join(', ')}`)
  return level
}

function text(values: Values, name: string): string | undefined {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

function say(words: string, io: Io): number {
  io.stdout.write(words)
  return 0
}

function usage(message: string, hint: string): SidemuxError {
  return new SidemuxError(message, { hint, exitCode: 2 })
}

/** A defect of ours: its text could hold anything, so it is shown only where somebody asked for it. */
function unexpected(error: unknown): SidemuxError {
  if (process.env['SIDEMUX_LOG'] === 'debug' && error instanceof Error)
    process.stderr.write(`${error.stack ?? ''}\n`)
  const code = systemErrorCode(error)
  return new SidemuxError(`something unexpected went wrong${code === undefined ? '' : ` (${code})`}`, {
    hint: 'run the command again with SIDEMUX_LOG=debug and report what it prints',
  })
}
