import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { AuditLog } from '../../src/audit/log.ts'
import type { AuditLogOptions } from '../../src/audit/log.ts'

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

/** A copy of the directory in which one segment's text was changed. */
export async function tampered<T>(
  dir: string,
  segment: string,
  change: (text: string) => string | Buffer,
  use: (dir: string) => Promise<T>,
): Promise<T> {
  return inTemp(async (copy) => {
    cpSync(dir, copy, { recursive: true })
    writeFileSync(join(copy, segment), change(readFileSync(join(copy, segment), 'utf8')))
    return use(copy)
  })
}
