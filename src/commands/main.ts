/** argv to command, and the one place that prints an error and its hint. */
import { parseArgs } from 'node:util'
import { SidemuxError, renderError, systemErrorCode } from '../errors.ts'
import { nearestName } from '../nearest.ts'
import { readableStack } from '../stack.ts'
import { version } from '../version.ts'
import { help } from './help.ts'
import type { Io } from './io.ts'
import { usage, type Values } from './options.ts'
import { VERBS, type Verb } from './verbs.ts'

const HELP = { help: { type: 'boolean', short: 'h' } } as const

export async function main(argv: readonly string[], process: NodeJS.Process): Promise<number> {
  const io: Io = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    exit: (code) => process.exit(code),
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
  if (verb === undefined) {
    const near = nearestName(name, Object.keys(VERBS))
    throw usage(
      `there is no command "${name}"`,
      `${near === undefined ? '' : `did you mean "sidemux ${near}"? `}run "sidemux --help"`,
    )
  }
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

function say(words: string, io: Io): number {
  io.stdout.write(words)
  return 0
}

/** A defect of ours: its text could hold anything, so it is shown only where somebody asked for it. */
function unexpected(error: unknown): SidemuxError {
  if (process.env['SIDEMUX_LOG'] === 'debug' && error instanceof Error)
    process.stderr.write(`${readableStack(error)}\n`)
  const code = systemErrorCode(error)
  return new SidemuxError(`something unexpected went wrong${code === undefined ? '' : ` (${code})`}`, {
    hint: 'run the command again with SIDEMUX_LOG=debug and report what it prints',
  })
}
