/**
 * Tells the system's journal the last records of this run, and reads what it was told (promise 6). Only there they are out of
 * reach of who has the log's key: whoever runs as the user can add to the journal, and nobody but root can take away. Where
 * there is none (no systemd, most containers, macOS, Windows) nothing is told.
 *
 * The journal takes lines on a socket as the output of a service (sd_journal_stream_fd(3): a head of seven lines, then text),
 * so no process is started for it. Each line has a tag of the log's key, which tells ours from what others write there.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import type { Witness } from '../chain/files.ts'
import type { AuditKey } from '../chain/key.ts'

const SOCKET = '/run/systemd/journal/stdout'
const IDENTIFIER = 'sidemux-audit'
/** Identifier, unit, priority (notice), and that neither prefixes are read nor anything is passed on. */
const HEAD = `${IDENTIFIER}\n\n5\n0\n0\n0\n0\n`
const WITHIN_MS = 500
const READ_WITHIN_MS = 30_000

export function headLine(dir: string, { segment, seq, hash }: Witness, key: AuditKey): string {
  const tag = key.tag('journal', segment, seq, hash, dir)
  return `audit head: run ${segment} record ${seq} hash ${hash} key ${key.id} tag ${tag} log ${JSON.stringify(dir)}`
}

/** Never rejects; without a journal it does nothing. */
export async function tellJournal(line: string, socket = SOCKET): Promise<void> {
  if (process.platform !== 'linux' || !existsSync(socket)) return
  await new Promise<void>((resolve) => {
    const stream = connect(socket, () => stream.end(`${HEAD}${line}\n`))
    stream.setTimeout(WITHIN_MS, () => stream.destroy())
    stream.on('error', () => undefined)
    stream.once('close', () => resolve())
    stream.unref()
  })
}

/** What the journal was told of one log. */
export interface JournalHeads {
  /** With the present key. */
  readonly heads: readonly Witness[]
  /** Ids of other keys of a log in the same directory. */
  readonly otherKeys: readonly string[]
}

const LINE =
  /^audit head: run (\S+) record (\d{1,15}) hash ([0-9a-f]{64}) key ([0-9a-f]{16}) tag ([0-9a-f]{32}) log (".*")$/

/** @param lines as they were told. Pure. */
export function headsOf(lines: readonly string[], dir: string, key: AuditKey | undefined): JournalHeads {
  const heads: Witness[] = []
  const others = new Set<string>()
  for (const line of lines) {
    const [, segment = '', digits, hash = '', id = '', tag, where] = LINE.exec(line) ?? []
    const seq = Number(digits)
    if (where === undefined || where !== JSON.stringify(dir)) continue
    if (id !== key?.id) others.add(id)
    // Anybody of this user can write there what looks like ours.
    else if (tag === key.tag('journal', segment, seq, hash, dir)) heads.push({ segment, seq, hash })
  }
  return { heads, otherKeys: [...others] }
}

/**
 * What this user told it of the log there; undefined where there is no journal, or it can't be read to its end. Others may
 * have told it much more, so that isn't kept.
 */
export async function readJournal(dir: string): Promise<readonly string[] | undefined> {
  if (process.platform !== 'linux' || !existsSync(SOCKET)) return undefined
  const args = [
    `--identifier=${IDENTIFIER}`,
    `_UID=${process.getuid?.() ?? -1}`,
    '--output=json',
    '--output-fields=MESSAGE',
    '--no-pager',
    '--quiet',
  ]
  const { PATH = '' } = process.env
  const told: string[] = []
  try {
    const journal = spawn('journalctl', args, {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: READ_WITHIN_MS,
      env: { PATH, LC_ALL: 'C' },
    })
    const ended = once(journal, 'close')
    ended.catch(() => undefined)
    for await (const line of createInterface({ input: journal.stdout })) {
      const message = messageOf(line)
      if (message?.endsWith(` log ${JSON.stringify(dir)}`) === true) told.push(message)
    }
    const [code] = (await ended) as [number | null]
    return code === 0 ? told : undefined
  } catch {
    return undefined
  }
}

function messageOf(line: string): string | undefined {
  try {
    const message: unknown = Reflect.get(Object(JSON.parse(line)), 'MESSAGE')
    return typeof message === 'string' ? message : undefined
  } catch {
    return undefined
  }
}
