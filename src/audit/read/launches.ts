/**
 * Finds the launches of servers that nothing confined, for who has to know what may run on this machine: such a server may
 * have left a process behind, whichever run of sidemux started it. Reads on where it stopped the last time, since it is asked
 * whenever somebody decides. What an unconfined server does to the log afterwards it can't see.
 */
import { lstatSync, readSync } from 'node:fs'
import { uptime } from 'node:os'
import { join } from 'node:path'
import { readPlain } from '../../state/read-own.ts'
import { isAuditRecord, onLine } from '../chain/chain.ts'
import { segmentNames } from '../chain/files.ts'

export interface UnconfinedLaunches {
  /** Of servers; sorted. */
  readonly servers: readonly string[]
  /** The processes that wrote runs since then. */
  readonly pids: ReadonlySet<number>
}

const PIECE = 1024 * 1024
/** As records have them, in a text none of them stands so. */
const SIGNS = [Buffer.from('"confined":"no"'), Buffer.from('"startFiles":true')]
const NEWLINE = 10

/** Whether this record tells of a server that could do whatever its user can, now or at the user's next login. */
export function launchedUnconfined({
  type,
  phase,
  confined,
  startFiles,
}: Readonly<Record<string, unknown>>): boolean {
  return type === 'server' && phase === 'launch' && (confined === 'no' || startFiles === true)
}

/** Asks for those since this machine was started; no process is older. Undefined where the log can't be read. */
export function unconfinedSinceBoot(dir: string): () => UnconfinedLaunches | undefined {
  const reader = new LaunchReader(dir)
  return () => {
    try {
      return reader.unconfined(Date.now() - uptime() * 1000)
    } catch {
      return undefined
    }
  }
}

export class LaunchReader {
  readonly #dir: string
  readonly #read = new Map<string, { at: number; readonly servers: Set<string> }>()

  /** @param dir the log's */
  constructor(dir: string) {
    this.#dir = dir
  }

  /** Of runs that were written to since then, in ms since 1970. @throws Unusable, or a system error */
  unconfined(since: number): UnconfinedLaunches {
    const servers = new Set<string>()
    const pids = new Set<number>()
    for (const name of segmentNames(this.#dir)) {
      const found = this.#look(name, since)
      if (found === undefined) continue
      pids.add(Number(name.split('-')[1]))
      for (const server of found) servers.add(server)
    }
    return { servers: [...servers].toSorted(), pids }
  }

  /** Undefined for one that is older. */
  #look(name: string, since: number): ReadonlySet<string> | undefined {
    const stat = lstatSync(join(this.#dir, name), { throwIfNoEntry: false })
    if (stat === undefined || stat.mtimeMs < since) return undefined
    const before = this.#read.get(name)
    if (before !== undefined && before.at >= stat.size) return before.servers
    return readPlain(join(this.#dir, name), (fd, size) => {
      const known = before ?? { at: 0, servers: new Set<string>() }
      this.#read.set(name, known)
      let rest = Buffer.alloc(0)
      while (known.at + rest.length < size) {
        const piece = Buffer.allocUnsafe(PIECE)
        const length = readSync(fd, piece, 0, PIECE, known.at + rest.length)
        if (length === 0) break
        const text = Buffer.concat([rest, piece.subarray(0, length)])
        const end = text.lastIndexOf(NEWLINE) + 1
        for (const server of serversIn(text.subarray(0, end))) known.servers.add(server)
        known.at += end
        rest = Buffer.from(text.subarray(end))
      }
      return known.servers
    })
  }
}

function* serversIn(lines: Buffer): Generator<string> {
  for (const sign of SIGNS)
    for (let at = lines.indexOf(sign); at !== -1; at = lines.indexOf(sign, at + 1)) {
      const begin = lines.lastIndexOf(NEWLINE, at) + 1
      const record = recordOn(lines.toString('utf8', begin, lines.indexOf(NEWLINE, at)))
      const server = record !== undefined && launchedUnconfined(record) ? record['server'] : undefined
      if (typeof server === 'string') yield server
    }
}

function recordOn(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const record = onLine(line)
    return isAuditRecord(record) ? record : undefined
  } catch {
    return undefined
  }
}
