/**
 * `sidemux update`: looks whether there is another version of a server's package, says what it changes, and asks the person
 * at the terminal. Until he says yes nothing of it runs but in a sandbox with nothing in it, and the server goes on with what
 * it has. Without a terminal it only says what there would be.
 */
import { AuditLog } from '../../audit/write/log.ts'
import type { Config } from '../../config/config.ts'
import { launchFactsOf, lockableServers } from '../../config/for-rooms.ts'
import { requireRunnable } from '../../config/load.ts'
import { SidemuxError } from '../../errors.ts'
import { packageWords } from '../../packages/installed.ts'
import { packageToLock } from '../../packages/locked.ts'
import { ensureStateDir } from '../../state/directory.ts'
import { stateRoom } from '../../state/paths.ts'
import { TrustBook } from '../../trust/trust-book.ts'
import { asciiJson, visibleLine } from '../../visible.ts'
import type { ConfigVerbOptions } from '../common/choice.ts'
import { refuseUnknown } from '../common/unknown.ts'
import type { Io } from '../io.ts'
import { askHere } from '../terminal/own-terminal.ts'
import { updateLines } from './compare.ts'
import { UpdateRoom, type FoundUpdate } from './update-room.ts'

export interface UpdateOptions extends ConfigVerbOptions {
  /** All where none is named. */
  readonly servers: readonly string[]
  readonly json: boolean
}

/** 0 where every server has the newest version, or a person has said yes to it. */
export async function update(options: UpdateOptions, io: Io): Promise<number> {
  const config = await requireRunnable({ ...options, env: io.env, cwd: io.cwd })
  for (const id of options.servers)
    if (!config.servers.some((server) => server.id === id)) refuseUnknown(id, config)
  const stateDir = ensureStateDir(io.env)
  const room = new UpdateRoom(config, io, stateDir, await lockableServers(config))
  try {
    const found: FoundUpdate[] = []
    let failed = 0
    const meant = config.servers.filter(
      ({ id }) => options.servers.length === 0 || options.servers.includes(id),
    )
    for (const server of meant) {
      const looked = await room.look(server, options.servers.includes(server.id), options.json)
      if (looked === 'failed') failed += 1
      else if (looked !== undefined) found.push(looked)
    }
    if (options.json) io.stdout.write(`${asciiJson(found.map(asJson), 2)}\n`)
    const due = found.filter(({ isDue }) => isDue)
    const left = options.json ? due.length : await decide(due, { config, io, stateDir, room })
    await room.packages.sweep(left > 0 ? due.map(({ after }) => after.content) : [])
    return left + failed > 0 ? 1 : 0
  } finally {
    await room.close()
  }
}

interface Deciding {
  readonly config: Config
  readonly io: Io
  readonly stateDir: string
  readonly room: UpdateRoom
}

/** Answers how many are left as they are. */
async function decide(due: readonly FoundUpdate[], deciding: Deciding): Promise<number> {
  const { io } = deciding
  if (due.length === 0) return 0
  if (io.stdin.isTTY !== true)
    throw new SidemuxError('only a person at a terminal can agree to another version', {
      hint: 'run it in a terminal window of your own, without redirecting its input',
      exitCode: 3,
    })
  let left = 0
  for (const one of due) {
    const lines = updateLines(one.facts).map((line) => `    ${line}`)
    const prompt = `Type yes to run ${one.id} in this version from its next start on: `
    if (await askHere(io, [one.id, ...lines].join('\n'), prompt)) await agree(one, deciding)
    else left += 1
  }
  return left
}

async function agree(
  { id, before, after }: FoundUpdate,
  { config, io, stateDir, room }: Deciding,
): Promise<void> {
  const server = config.servers.find((one) => one.id === id)
  if (server === undefined) return
  // Written down before it counts (promise 6).
  const dir = stateRoom(stateDir, 'audit')
  const audit = await AuditLog.open({ dir, required: config.audit.required, now: Date.now })
  await audit.append('trust', {
    phase: 'updated',
    channel: 'terminal',
    servers: [{ server: id, ...(before && { before: packageWords(before) }), after: packageWords(after) }],
  })
  await audit.close()
  // Where that fails, all is as it was.
  room.lock.acceptPackage(id, server.launchHash, packageToLock(after))
  const facts = await launchFactsOf(server, config, async () => packageWords(after))
  new TrustBook(stateDir, config.file).accept([{ id, facts }], Date.now())
  room.packages.take(id, after)
  io.stdout.write(`${id} runs ${visibleLine(after.version)} from its next start on\n`)
}

function asJson({ id, before, after, isDue, facts }: FoundUpdate): unknown {
  return {
    server: id,
    package: after.name,
    before: before?.version ?? null,
    after: after.version,
    integrity: after.integrity,
    locked: facts.held?.locked.version ?? null,
    changed: isDue,
    tools: facts.tools,
    text: updateLines(facts),
  }
}
