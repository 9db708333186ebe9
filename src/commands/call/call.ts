/** One call through the whole corridor, from the terminal; asks in the terminal when confirmation is due. */
import { SidemuxError, renderError, type ExitCode } from '../../errors.ts'
import { parsedMembers } from '../../json/parse.ts'
import { writeJson } from '../../json/write.ts'
import type { LogLevel } from '../../log-levels.ts'
import type { Outcome } from '../../pipeline/call.ts'
import { visibleText } from '../../visible.ts'
import { toolArguments } from '../common/arguments.ts'
import { ownTerminal } from '../terminal/own-terminal.ts'
import type { ConfigVerbOptions } from '../common/choice.ts'
import type { Io } from '../io.ts'
import { withPersonWay } from './person-way.ts'
import { withSession, type VerbSession } from '../common/session.ts'
import { refuseUnknown } from '../common/unknown.ts'

export interface CallVerbOptions extends ConfigVerbOptions {
  readonly server: string
  readonly tool: string
  /** A JSON object. */
  readonly args?: string
  readonly json: boolean
  readonly logLevel: LogLevel
}

export async function call(options: CallVerbOptions, io: Io): Promise<ExitCode | 0> {
  const args = toolArguments(options.args ?? '{}')
  const terminal = ownTerminal(io)
  // A script's call asks nobody else; who sits at a terminal that isn't believed has the page.
  const hasTerminal = io.stdin.isTTY === true
  const others = hasTerminal ? (['page', 'desktop'] as const) : []
  return withSession(
    { ...options, only: options.server, channels: [terminal.channel, ...others] },
    io,
    async (session) => {
      await ready(session, options.server)
      const outcome = await session.sidecar.call({
        id: session.sidecar.nextCallId(),
        kind: 'tool',
        name: session.sidecar.catalog.emittedName(options.server, options.tool),
        args,
        signal: interruptSignal(),
        asker: { kind: 'none', why: 'no host is connected' },
        caller: { capabilities: {} },
      })
      const { server, tool } = options
      const told = withPersonWay(outcome, { server, tool, refusal: terminal.refusal(), hasTerminal })
      print(told, options.json, io)
      return exitCode(outcome)
    },
  )
}

async function ready({ config, sidecar }: VerbSession, server: string): Promise<void> {
  if (config.servers.length === 0) refuseUnknown(server, config)
  await sidecar.fleet.settled()
  const state = sidecar.fleet.get(server)?.state
  if (state?.kind === 'failed' || state?.kind === 'waiting')
    throw new SidemuxError(`${server} did not start: ${state.reason}`, state)
}

function interruptSignal(): AbortSignal {
  const controller = new AbortController()
  process.once('SIGINT', () => controller.abort())
  return controller.signal
}

function print(outcome: Outcome, json: boolean, io: Io): void {
  if (json) {
    io.stdout.write(`${writeJson(outcome)}\n`)
    return
  }
  switch (outcome.kind) {
    case 'result':
      io.stdout.write(`${visibleText(resultText(outcome.result))}\n`)
      return
    case 'error':
      io.stderr.write(
        `${visibleText(`the server answered with error ${outcome.code}: ${outcome.message}`)}\n`,
      )
      return
    case 'blocked':
    case 'failed':
      io.stderr.write(`${visibleText(renderError({ ...outcome, message: outcome.reason }))}\n`)
      return
    case 'questions':
    case 'ask':
    case 'cancelled':
      io.stderr.write('cancelled\n')
  }
}

/** Text blocks as they are, anything else as JSON. */
function resultText(result: Readonly<Record<string, unknown>>): string {
  const { content } = parsedMembers(result)
  const blocks: unknown[] = Array.isArray(content) ? content : []
  return blocks.map((block) => (isTextBlock(block) ? block.text : writeJson(block, 2))).join('\n')
}

function isTextBlock(block: unknown): block is { text: string } {
  return block !== null && typeof block === 'object' && 'text' in block && typeof block.text === 'string'
}

function exitCode(outcome: Outcome): ExitCode | 0 {
  switch (outcome.kind) {
    case 'result':
      return outcome.result['isError'] === true ? 1 : 0
    case 'blocked':
      return 3
    case 'error':
    case 'failed':
    case 'questions':
    case 'ask':
    case 'cancelled':
      return 1
  }
}
