/** The calls of one turn: all that is about to be tried is in the log before any of it is, and each end before its answer (promise 6). */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { AuditLog } from '../../src/audit/write/log.ts'
import { NotWritten } from '../../src/audit/not-written.ts'
import type { Write } from '../../src/audit/write/segment.ts'
import type { Call, Next, Outcome } from '../../src/pipeline/call.ts'
import { compose } from '../../src/pipeline/compose.ts'
import { record } from '../../src/pipeline/stages/record.ts'

const COUNT = 40
const call = (id: number): Call => ({
  id: String(id),
  name: 'box_get_x',
  args: { id },
  signal: new AbortController().signal,
  asker: { kind: 'none', why: 'none' },
  caller: { capabilities: {} },
  kind: 'tool',
})

async function opened(forward: Next, write?: Write): Promise<{ run: Next; phases: () => string[] }> {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-turn-'))
  const audit = await AuditLog.open({ dir, required: true, now: Date.now, ...(write && { write }) })
  onTestFinished(async () => {
    await audit.close()
    rmSync(dir, { recursive: true })
  })
  const phases = (): string[] =>
    readdirSync(dir)
      .filter((name) => name.endsWith('.jsonl'))
      .flatMap((name) => readFileSync(join(dir, name), 'utf8').trimEnd().split('\n'))
      .flatMap((line) => (JSON.parse(line) as { phase?: string }).phase ?? [])
  const run = compose([
    record({
      required: true,
      arguments: 'masked',
      append: (type, facts, tense, told) => audit.write(type, facts, tense, told),
      mask: (value) => value,
      look: (value) => ({ value, bareOf: undefined }),
      now: () => 0,
      warn: () => undefined,
    }),
    forward,
  ])
  return { run, phases }
}

const counted = (phases: readonly string[]): [number, number] => [
  phases.filter((phase) => phase === 'intent').length,
  phases.filter((phase) => phase === 'outcome').length,
]

it('every intent of a turn is in the file when the first call goes out, and every outcome when the first is answered', async () => {
  const seen: [number, number][] = []
  const { run, phases } = await opened(async () => {
    seen.push(counted(phases()))
    return { kind: 'result', result: {} }
  })
  const answered = await Promise.all(
    Array.from({ length: COUNT }, async (_, id) => {
      await run(call(id))
      return counted(phases())
    }),
  )
  expect(new Set(seen.map(String))).toEqual(new Set([`${COUNT},0`]))
  expect(new Set(answered.map(String))).toEqual(new Set([`${COUNT},${COUNT}`]))
})

it('where the batch can not be written no call of it goes out, and the next one does', async () => {
  let isFull = false
  const out: string[] = []
  const { run, phases } = await opened(
    async ({ id }) => {
      out.push(id)
      return { kind: 'result', result: {} }
    },
    (fd, bytes, position) => {
      if (isFull) throw new NotWritten('full')
      return writeSync(fd, bytes, 0, bytes.length, position)
    },
  )
  isFull = true
  const refused = await Promise.all(Array.from({ length: COUNT }, async (_, id) => run(call(id))))
  expect(refused.every((outcome: Outcome) => outcome.kind === 'blocked' && outcome.by === 'audit')).toBe(true)
  expect([out, phases()]).toEqual([[], []])
  isFull = false
  expect(await run(call(COUNT))).toMatchObject({ kind: 'result' })
  expect(out).toEqual([String(COUNT)])
})
