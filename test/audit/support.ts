import { randomUUID } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { AuditLog } from '../../src/audit/write/log.ts'
import type { AuditLogOptions } from '../../src/audit/write/log.ts'
import { formatAnchor } from '../../src/audit/chain/files.ts'
import { readKey, type AuditKey } from '../../src/audit/chain/key.ts'
import { sealsOf } from '../../src/audit/seals/seals.ts'
import { GENESIS, verifyLine, type AuditRecord, type Head } from '../../src/audit/chain/chain.ts'

export const WRITER = resolve(import.meta.dirname, 'writer.mjs')

/** An `audit` directory to be, in a directory that is gone when `use` has ended. */
export async function inTemp<T>(use: (dir: string) => Promise<T>): Promise<T> {
  const parent = mkdtempSync(join(tmpdir(), 'sidemux-audit-'))
  try {
    return await use(join(parent, 'audit'))
  } finally {
    rmSync(parent, { recursive: true, force: true })
  }
}

let clock = Date.UTC(2026, 0, 1)

/** A closed segment of so many records, `start` and `stop` included. */
export async function writeSegment(
  dir: string,
  records: number,
  options: Partial<AuditLogOptions> = {},
): Promise<string> {
  const before = new Set(segments(dir))
  const log = await AuditLog.open({ dir, required: true, now: () => (clock += 1000), ...options })
  for (let n = 0; n < records - 2; n++)
    await log.append('call', { n, name: 'files_read', args: 'a'.repeat(n % 7) })
  await log.close()
  return segments(dir).find((name) => !before.has(name)) ?? ''
}

export function segments(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => name.endsWith('.jsonl'))
      .toSorted()
  } catch {
    return []
  }
}

export const linesIn = (dir: string, segment: string): string[] =>
  readFileSync(join(dir, segment), 'utf8').split('\n').slice(0, -1)

export const keyIn = (dir: string): AuditKey => readKey(sealsOf(dir))

/** The anchor of a run that ends with this line, as who has the key would make it. */
export const anchorFor = (dir: string, segment: string, line: string): string =>
  formatAnchor(JSON.parse(line) as AuditRecord, segment, keyIn(dir))

/** A copy of the directory in which one segment's text was changed. */
export async function tampered<T>(
  dir: string,
  segment: string,
  change: (text: string) => string | Buffer,
  use: (dir: string) => Promise<T>,
): Promise<T> {
  // Beside it, so that both have one key.
  const copy = `${dir}-${randomUUID()}`
  try {
    cpSync(dir, copy, { recursive: true })
    writeFileSync(join(copy, segment), change(readFileSync(join(copy, segment), 'utf8')))
    return await use(copy)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** The records of one chain, or the first that is wrong; line numbers start at 1. */
export function verifyRecords(
  lines: Iterable<string>,
):
  | { readonly ok: true; readonly head: Head }
  | { readonly ok: false; readonly line: number; readonly message: string } {
  let head = GENESIS
  let line = 0
  for (const text of lines) {
    line += 1
    const record = verifyLine(text, head)
    if (typeof record === 'string') return { ok: false, line, message: record }
    head = record
  }
  return { ok: true, head }
}
