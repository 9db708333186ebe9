/**
 * Run files, `run/<id>.json` in the state directory: how sidecars and `sidemux approvals` find each other.
 *
 * One is written, whole, when a sidecar's door opens, and removed when it closes. A sidecar that was killed leaves its
 * file behind; the next reader removes it. That of a sidecar in another container is left alone: it can't be judged or
 * reached from here; its owner writes it anew now and then (door.ts), so an old one is nobody's. Whoever runs as the user can write one, so a file says where somebody may
 * listen, and never that he is trustworthy.
 */
import { chmod, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { holderShape, standing, thisProcess } from '../state/holder.ts'
import { replaceFile } from '../state/replace.ts'
import type { RunFile } from './wire.ts'

const MAX_FILES = 256
const MAX_FILE_BYTES = 16 * 1024
/** A file that is still being written has another name, and is nobody's after this. */
const TEMPORARY_MS = 60_000
export const RENEW_MS = 10 * 60_000
const ELSEWHERE_MS = 6 * RENEW_MS

const runFile = z.strictObject({
  version: z.literal(1),
  id: z.uuid(),
  pid: z.int().positive(),
  startedAt: z.number().nonnegative(),
  port: z.int().min(1).max(65_535),
  key: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  config: z.string().max(4096),
  holder: holderShape.omit({ pid: true }).optional(),
})

export function runDir(stateDir: string): string {
  return join(stateDir, 'run')
}

export async function writeRun(stateDir: string, run: RunFile): Promise<void> {
  const dir = runDir(stateDir)
  await mkdir(dir, { recursive: true, mode: 0o700 })
  // One that was there already may be open to others.
  await chmod(dir, 0o700)
  const { pid: _own, ...holder } = thisProcess()
  await replaceFile(join(dir, `${run.id}.json`), `${JSON.stringify({ ...run, holder })}\n`)
}

/** Never rejects: what can't be removed is found stale by the next reader. */
export async function removeRun(stateDir: string, id: string): Promise<void> {
  await rm(join(runDir(stateDir), `${id}.json`), { force: true }).catch(() => undefined)
}

/** Those whose process lives, oldest first; the files of the others are removed. Never rejects. */
export async function readRuns(stateDir: string): Promise<RunFile[]> {
  const names = await readdir(runDir(stateDir)).catch(() => [])
  const runs = await Promise.all(
    names
      .filter((name) => /^[0-9a-f-]{36}\.json/.test(name))
      .slice(0, MAX_FILES)
      .map((name) => readRun(stateDir, name)),
  )
  return runs
    .filter((run) => run !== undefined)
    .toSorted((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1))
}

async function readRun(stateDir: string, name: string): Promise<RunFile | undefined> {
  const file = join(runDir(stateDir), name)
  try {
    const { size, mtimeMs } = await stat(file)
    if (!name.endsWith('.json')) {
      if (Date.now() - mtimeMs > TEMPORARY_MS) await rm(file, { force: true })
      return undefined
    }
    if (size > MAX_FILE_BYTES) return undefined
    const parsed = runFile.safeParse(JSON.parse(await readFile(file, 'utf8')))
    if (!parsed.success || `${parsed.data.id}.json` !== name) return undefined
    const { holder, ...run } = parsed.data
    const is = standing({ ...thisProcess(), began: '', ...holder, pid: run.pid })
    if (is === 'alive' || is === 'likely') return run
    if (is === 'gone' || Date.now() - mtimeMs > ELSEWHERE_MS) await removeRun(stateDir, run.id)
  } catch {
    // Gone meanwhile, unreadable or no JSON: nobody can be reached through it.
  }
  return undefined
}
