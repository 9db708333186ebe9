/**
 * `sidemux trust`: which servers may start, and a person's yes to those that wait for it. It asks as every command at a
 * terminal does, and writes to the book that running sidemuxes watch. It starts no server.
 */
import { SidemuxError } from '../../errors.ts'
import type { LogLevel } from '../../log-levels.ts'
import { AuditLog } from '../../audit/write/log.ts'
import { requireRunnable } from '../../config/load.ts'
import { ensureStateDir, stateDir } from '../../state/directory.ts'
import { stateRoom } from '../../state/paths.ts'
import { commandLine, launchText } from '../../trust/words.ts'
import { TrustBook } from '../../trust/trust-book.ts'
import { asciiJson, visibleLine, visibleText } from '../../visible.ts'
import type { ConfigVerbOptions } from '../common/choice.ts'
import { withSession, type VerbSession } from '../common/session.ts'
import { table } from '../common/table.ts'
import { refuseUnknown } from '../common/unknown.ts'
import type { Io } from '../io.ts'

export interface TrustVerbOptions extends ConfigVerbOptions {
  /** All where none is named. */
  readonly servers: readonly string[]
  readonly revoke: boolean
  readonly json: boolean
  readonly logLevel: LogLevel
}

export async function trust(options: TrustVerbOptions, io: Io): Promise<0 | 1> {
  if (options.revoke) return revoke(options, io)
  return withSession({ ...options, atRest: true }, io, async (session) => {
    const { config, sidecar } = session
    for (const id of options.servers) if (!isServer(id, session)) refuseUnknown(id, config)
    const isMeant = (id: string): boolean => options.servers.length === 0 || options.servers.includes(id)
    if (options.json) {
      io.stdout.write(`${asciiJson(asJson(session, isMeant), 2)}\n`)
      return sidecar.waiting.some(({ id }) => isMeant(id)) ? 1 : 0
    }
    const waiting = sidecar.waiting.filter(({ id }) => isMeant(id))
    if (waiting.length > 0) {
      if (io.stdin.isTTY === true) await sidecar.askForLaunchesNow(isMeant)
      else
        for (const one of waiting) io.stdout.write(`${one.id}\n${visibleText(indented(launchText(one)))}\n\n`)
    }
    io.stdout.write(standings(session, isMeant))
    const left = sidecar.waiting.filter(({ id }) => isMeant(id))
    if (left.length === 0) return 0
    if (io.stdin.isTTY === true) return 1
    throw new SidemuxError('only a person at a terminal can agree to a launch', {
      hint: 'run it in a terminal window of your own, without redirecting its input; where nobody sits, as in a container, see "trust: first-use" in docs/configuration.md',
      exitCode: 3,
    })
  })
}

function isServer(id: string, { config }: VerbSession): boolean {
  return config.servers.some((server) => server.id === id)
}

/** It only makes things stricter, so it needs nobody at a terminal. */
async function revoke({ servers, json, ...choice }: TrustVerbOptions, io: Io): Promise<0> {
  if (json) throw new SidemuxError('--json does not go with --revoke', { hint: 'leave it out', exitCode: 2 })
  if (servers.length === 0)
    throw new SidemuxError('--revoke is followed by SERVER', {
      hint: 'run "sidemux trust" to see the servers',
      exitCode: 2,
    })
  const config = await requireRunnable({ ...choice, env: io.env, cwd: io.cwd })
  const revoked = new TrustBook(ensureStateDir(io.env), config.file).revoke(servers)
  const missing = servers.filter((id) => !revoked.includes(id))
  if (revoked.length > 0) {
    await record(revoked, io)
    const until =
      config.trust === 'off' ? 'but starts all the same (trust: off)' : 'may not start before you agree again'
    io.stdout.write(`revoked: ${revoked.map(visibleLine).join(', ')} ${until}\n`)
  }
  if (missing.length > 0)
    throw new SidemuxError(`nobody had agreed to ${missing.map(visibleLine).join(', ')}`, {
      hint: 'run "sidemux trust" to see the servers',
    })
  return 0
}

/** What is taken back stays so, also where that can't be written down. */
async function record(servers: readonly string[], io: Io): Promise<void> {
  try {
    const dir = stateRoom(stateDir(io.env), 'audit')
    const audit = await AuditLog.open({ dir, required: true, now: Date.now })
    await audit.append('trust', {
      phase: 'revoked',
      channel: 'terminal',
      servers: servers.map((server) => ({ server })),
    })
    await audit.close()
  } catch {
    io.stderr.write('it is revoked, but that could not be written to the audit log\n')
  }
}

function standings({ config, sidecar }: VerbSession, isMeant: (id: string) => boolean): string {
  const rows = config.servers
    .filter(({ id }) => isMeant(id))
    .map(({ id }) => [id, standingOf(id, sidecar.waiting, config.trust)])
  return rows.length === 0 ? 'no servers\n' : table(['server', 'may start'], rows)
}

type Waiting = VerbSession['sidecar']['waiting']

function standingOf(id: string, waiting: Waiting, mode: string): string {
  const one = waiting.find((other) => other.id === id)
  if (one === undefined) return mode === 'off' ? 'yes: nobody is asked (trust: off)' : 'yes'
  if (one.denied) return 'no: you said no to it'
  if (one.isNew) return 'waits for your yes: it is new'
  const grown = one.changes.filter(({ grew }) => grew).map(({ field }) => field)
  return `waits for your yes: ${visibleLine(grown.join(', '))} changed`
}

function asJson({ config, sidecar }: VerbSession, isMeant: (id: string) => boolean): unknown {
  return config.servers
    .filter(({ id }) => isMeant(id))
    .map(({ id }) => {
      const one = sidecar.waiting.find((other) => other.id === id)
      if (one === undefined) return { server: id, state: 'trusted' }
      const { facts, isNew, changes, denied } = one
      return {
        server: id,
        state: denied ? 'denied' : 'waits',
        new: isNew,
        command: commandLine(facts),
        changes: changes.map(({ field, before, after, grew }) => ({ field, before, after, grew })),
        text: launchText(one),
      }
    })
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')
}
