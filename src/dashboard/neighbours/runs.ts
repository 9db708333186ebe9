/**
 * Run files, `run/<id>.json` in the state directory: how sidecars and `sidemux approvals` find each other.
 *
 * One is written, whole, when a sidecar's door opens, and removed when it closes. A sidecar that was killed leaves its
 * file behind; the next reader removes it. That of a sidecar in another container is left alone: it can't be judged or
 * reached from here. Its owner writes it anew now and then (door-port.ts), so an old one is nobody's. Whoever runs as the user
 * can write one, so a file says where somebody may listen, and never that he is trustworthy.
 */
import { rm } from 'node:fs/promises'
import { z } from 'zod'
import { stateFile, stateRoom } from '../../state/paths.ts'
import { makeDirectory } from '../../state/directory.ts'
import { holderShape, thisProcess } from '../../state/holder.ts'
import { processFiles, type ProcessFileForm } from '../../state/process-files.ts'
import { replaceFile } from '../../state/replace.ts'
import type { RunFile } from '../page-wire.ts'

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

const FORM: ProcessFileForm<RunFile> = {
  ending: '.json',
  maxBytes: 16 * 1024,
  most: 256,
  read(text, name) {
    const { data } = runFile.safeParse(JSON.parse(text))
    if (data === undefined || `${data.id}.json` !== name) return undefined
    const { holder, ...run } = data
    return { holder: { ...thisProcess(), began: '', ...holder, pid: run.pid }, content: run }
  },
}

export function runDir(stateDir: string): string {
  return stateRoom(stateDir, 'run')
}

export async function writeRun(stateDir: string, run: RunFile): Promise<void> {
  makeDirectory(runDir(stateDir))
  const { pid: _own, ...holder } = thisProcess()
  await replaceFile(
    stateFile(stateDir, 'run', { sidemux: run.id }),
    `${JSON.stringify({ ...run, holder })}\n`,
  )
}

/** Never rejects: what can't be removed is found stale by the next reader. */
export async function removeRun(stateDir: string, id: string): Promise<void> {
  await rm(stateFile(stateDir, 'run', { sidemux: id }), { force: true }).catch(() => undefined)
}

/** Those whose process lives, oldest first; the files of the others are removed. Never rejects. */
export async function readRuns(stateDir: string): Promise<RunFile[]> {
  return (await readAll(stateDir)).flatMap(({ run, isHere }) => (isHere ? [run] : []))
}

/** Those in another container or PID namespace: neither they nor who asks them can be looked at from the other side. */
export async function readRunsElsewhere(stateDir: string): Promise<RunFile[]> {
  return (await readAll(stateDir)).flatMap(({ run, isHere }) => (isHere ? [] : [run]))
}

interface FoundRun {
  readonly run: RunFile
  readonly isHere: boolean
}

async function readAll(stateDir: string): Promise<FoundRun[]> {
  const found: FoundRun[] = []
  for (const { content: run, standing, silentMs } of processFiles(runDir(stateDir), FORM)) {
    if (standing === 'alive' || standing === 'likely') found.push({ run, isHere: true })
    else if (standing === 'elsewhere' && silentMs <= ELSEWHERE_MS) found.push({ run, isHere: false })
    else await removeRun(stateDir, run.id)
  }
  return found.toSorted(({ run: a }, { run: b }) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1))
}
