/**
 * Six processes at once on each kind of state, with something left over by a process that was killed: whatever was told
 * "ok" is there afterwards. SIDEMUX_ROUNDS=50 makes fifty rounds of each and prints what was counted.
 */
import { fork, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { thisProcess, type Holder } from '../../src/state/holder.ts'
import { KINDS } from './kinds.mjs'

const ROUNDS = Number(process.env['SIDEMUX_ROUNDS'] ?? 1)
const HOUR = 3_600_000
const dead = spawnSync(process.execPath, ['--version']).pid
const holder = (but: Partial<Holder>): string => JSON.stringify({ ...thisProcess(), ...but })

interface LeftOver {
  readonly text?: string
  readonly ageMs?: number
}

const LEFT_OVER: Readonly<Record<string, LeftOver>> = {
  nothing: {},
  'one of a killed process': { text: holder({ pid: dead }) },
  'an old one of a killed process': { text: holder({ pid: dead }), ageMs: HOUR },
  'an empty one': { text: '' },
  'an old empty one': { text: '', ageMs: HOUR },
  garbage: { text: `${process.pid}\n{` },
  'one whose process id another process has': { text: holder({ began: '1' }) },
  'an old one of a process that lives and is another': { text: holder({ pid: 1, began: '' }), ageMs: HOUR },
  'an old one of another container': { text: holder({ namespace: 'pid:[1]' }), ageMs: HOUR },
}
const LOCKED = ['local secrets', 'accepted', 'logins', 'one login', 'grants', 'log']
/**
 * All that can be left over of the one lock of src/state/lock.ts is shown by one kind whose thread stands still for it, one whose
 * thread goes on, and one that has no lock but files of processes. It is the same code for the others.
 */
const FULL = ['accepted', 'local secrets', 'ledgers']
/** Those that know no lock may find what looks like one, or no text at all. */
const FEW: Readonly<Record<string, readonly string[]>> = {
  'run files': ['nothing', 'an old one of a killed process', 'garbage'],
  audit: ['nothing', 'an old one of a killed process', 'garbage'],
  'a .env file': ['nothing', 'one of a killed process'],
}
const leftOverOf = (kind: string): readonly string[] =>
  FULL.includes(kind) ? Object.keys(LEFT_OVER) : (FEW[kind] ?? ['nothing'])

let root: string
const writers: ChildProcess[] = []
const counted: string[] = []

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'sidemux-writers-'))
  for (let n = 0; n < 6; n += 1) {
    const env = { PATH: process.env['PATH'], HOME: root }
    writers.push(fork(join(import.meta.dirname, 'kinds.mjs'), { env }))
  }
  for (const kind of LOCKED) await leaveByKilling(join(root, 'killed', KINDS[kind]?.file ?? ''))
})

afterAll(() => {
  for (const writer of writers) writer.kill('SIGKILL')
  rmSync(root, { recursive: true, force: true })
  if (process.env['SIDEMUX_ROUNDS'] !== undefined) process.stdout.write(`${counted.join('\n')}\n`)
})

/** A real process takes the lock of the file, begins to write it and is killed. */
async function leaveByKilling(file: string): Promise<void> {
  mkdirSync(dirname(file), { recursive: true })
  const child = spawn(process.execPath, [join(import.meta.dirname, 'holder.mjs'), file])
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
}

function put(file: string, { text, ageMs = 0 }: LeftOver): void {
  if (text === undefined) return
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  const at = new Date(Date.now() - ageMs)
  utimesSync(file, at, at)
}

/** What it leaves as a lock, as a file that is being written, and where this kind has a file a process, as that. */
function leave(state: string, kind: string, what: LeftOver): void {
  const file = KINDS[kind]?.file ?? ''
  const lock = KINDS[kind]?.lock?.(state) ?? `${basename(dirname(file))}-${basename(file)}`
  put(join(state, 'locks', `${lock}.41`), what)
  put(join(state, `${file}.0123456789abcdef.next`), what)
  put(join(state, `${file}.lock`), what)
  put(join(state, `${file}.0123456789ab.tmp`), what)
  if (kind === 'ledgers') {
    const owner =
      what.text?.startsWith('{') === true
        ? `${what.text.slice(0, -1)},"config":"/somewhere/servers.yaml","environment":""}`
        : what.text
    put(join(state, file), owner === undefined ? what : { ...what, text: owner })
  }
}

async function round(kind: string, state: string): Promise<{ told: unknown[]; there: number[] }> {
  const at = Date.now() + 15
  const told = await Promise.all(
    writers.map(async (writer, who) => {
      writer.send({ kind, state, who, at })
      return (await once(writer, 'message'))[0] as unknown
    }),
  )
  return { told, there: (await KINDS[kind]?.there(state)) ?? [] }
}

const ALL = ['ok', 'ok', 'ok', 'ok', 'ok', 'ok']
const table = Object.keys(KINDS).flatMap((kind) => [
  ...leftOverOf(kind).map((what) => ({ kind, what })),
  ...(LOCKED.includes(kind) ? [{ kind, what: 'that of a writer killed half-way' }] : []),
])

it.each(table)(
  '$kind, six writers at once, left over: $what; nothing is lost',
  async ({ kind, what }) => {
    let lost = 0
    for (let n = 0; n < ROUNDS; n += 1) {
      const state = mkdtempSync(join(root, 'state-'))
      const left = LEFT_OVER[what]
      if (left === undefined)
        cpSync(join(root, 'killed'), state, { recursive: true, preserveTimestamps: true })
      else leave(state, kind, left)
      KINDS[kind]?.prepare?.(state)
      const { told, there } = await round(kind, state)
      expect(told).toEqual(ALL)
      lost += [0, 1, 2, 3, 4, 5].filter((who) => !there.includes(who)).length
      rmSync(state, { recursive: true })
    }
    counted.push(`${kind}, left over: ${what}: ${ROUNDS} rounds, ${ROUNDS * 6} told ok, ${lost} lost`)
    expect(lost).toBe(0)
  },
  Math.max(60_000, ROUNDS * 5000),
)
