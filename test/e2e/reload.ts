/** What the tests of edits share: a servers.yaml that is written in several ways, and what the sidecar made of it. */
import { createHash } from 'node:crypto'
import { appendFileSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { linesOf, until, yamlOf, type Place } from './support.ts'

const STEADY = resolve(import.meta.dirname, '../servers/steady.mjs')

export interface Entry {
  readonly env?: Record<string, string>
  readonly [key: string]: unknown
}

/** It tells its pid, which means nothing outside of a sandbox. */
export function steady(entry: Entry = {}): Entry {
  return { command: 'node', args: [STEADY], sandbox: 'off', ...entry }
}

export function yaml(servers: Readonly<Record<string, Entry>>, rest: Record<string, unknown> = {}): string {
  return `${yamlOf({ version: 1, approvals: { channels: ['elicitation'] }, ...rest, servers })}\n`
}

/** In how many ways people's tools write a file. */
export const WRITES: Readonly<Record<string, (file: string, text: string) => Promise<void>>> = {
  'in place': async (file, text) => writeFileSync(file, text),
  'rename over it': async (file, text) => {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  },
  'in two steps': async (file, text) => {
    writeFileSync(file, text.slice(0, text.length / 2))
    await pause(40)
    appendFileSync(file, text.slice(text.length / 2))
  },
  'move away, then anew': async (file, text) => {
    renameSync(file, `${file}~`)
    await pause(40)
    writeFileSync(file, text)
  },
}

export interface AuditRecord {
  readonly seq: number
  readonly type: string
  readonly [fact: string]: unknown
}

export function audit({ state }: Place): readonly AuditRecord[] {
  const dir = join(state, 'audit')
  return readdirSync(dir)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => linesOf(readFileSync(join(dir, name), 'utf8')))
    .map((line) => JSON.parse(line) as AuditRecord)
}

export function configs(where: Place, phase = 'config'): readonly AuditRecord[] {
  return audit(where).filter((record) => record.type === 'server' && record['phase'] === phase)
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Writes it, and resolves with how many milliseconds later it was applied. */
export async function edit(
  where: Place,
  text: string,
  write = WRITES['rename over it'],
  file = where.config,
): Promise<number> {
  const before = configs(where).length
  await write?.(file, text)
  const written = performance.now()
  await until(
    () =>
      configs(where)
        .slice(before)
        .some(({ config }) => config === hashOf(text)),
    'the edit applies',
  )
  return performance.now() - written
}

export function starts(file: string): readonly string[] {
  try {
    return linesOf(readFileSync(file, 'utf8'))
  } catch {
    return []
  }
}

export function figures(ms: readonly number[]): string {
  const sorted = ms.toSorted((a, b) => a - b)
  const at = (share: number): string =>
    String(Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0))
  return `median ${at(0.5)} ms, 95th percentile ${at(0.95)} ms, longest ${at(1)} ms`
}
