/** A malicious child that a test steers by rewriting its plan, in a place of its own. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ASK_THE_HOST_ONLY, linesOf, place, type Place } from '../e2e/support.ts'

const HOSTILE = resolve(import.meta.dirname, '../servers/hostile.mjs')

export type Tool = { name: string; [member: string]: unknown }

export interface Plan {
  readonly tools: readonly Tool[]
  readonly pages?: readonly (readonly Tool[])[]
  readonly replies?: Readonly<Record<string, { result?: unknown; error?: unknown }>>
  readonly do?: Readonly<Record<string, string>>
  /** Before the answer: messages as they go out, or pieces of stderr. */
  readonly says?: Readonly<Record<string, readonly object[]>>
  readonly answers?: Readonly<Record<string, object>>
}

export interface Lair extends Place {
  plan(plan: Plan): void
  /** What was logged until now is nobody's any more: the next test of a shared lair begins. */
  forget(): void
  /** Each call that really reached the child. */
  calls(): { name: string; args: Record<string, unknown>; meta?: unknown }[]
  /** The pid of each start. */
  starts(): number[]
}

export const READ = { readOnlyHint: true }
export const OBJECT = { type: 'object' }

export function tool(name: string, members: Readonly<Record<string, unknown>> = {}): Tool {
  return { name, description: `says ${name}`, inputSchema: OBJECT, annotations: READ, ...members }
}

export interface LairOptions {
  /** Further members of the server's entry. */
  readonly entry?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
  /** Further YAML: other sections, or with two spaces before it other servers. */
  readonly rest?: string
  readonly files?: Readonly<Record<string, string>>
  /** The sidecar's own A_TOKEN, for `${env:A_TOKEN}`. */
  readonly secret?: string
}

type Log = Pick<Lair, 'calls' | 'starts'>

function logIn(file: string): Log & Pick<Lair, 'forget'> {
  writeFileSync(file, '')
  const entries = (): Record<string, unknown>[] =>
    linesOf(readFileSync(file, 'utf8')).map((line) => JSON.parse(line) as Record<string, unknown>)
  return {
    forget: () => {
      const starts = entries().filter((entry) => 'started' in entry)
      writeFileSync(file, starts.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    },
    calls: () => entries().filter((entry) => 'name' in entry) as never,
    starts: () => entries().flatMap(({ started }) => (typeof started === 'number' ? [started] : [])),
  }
}

/** Several hostile servers, each with a plan and a log of its own, behind one sidecar: by name, what they are. */
export interface Nest extends Place {
  /** What one of them does from now on, and what reached it. */
  of(server: string): Pick<Lair, 'plan'> & Log
}

export interface Nestling extends Pick<LairOptions, 'entry' | 'env'> {
  readonly plan: Plan
}

export function nest(servers: Readonly<Record<string, Nestling>>, rest = ''): Nest {
  const where = place('')
  const all = Object.entries(servers).map(([name, { plan, entry = {}, env = {} }]) => {
    const [planFile, log] = [join(where.dir, `${name}-plan.json`), join(where.out, `${name}.jsonl`)]
    const write = (next: Plan): void => writeFileSync(planFile, JSON.stringify(next))
    write(plan)
    const whole = { command: 'node', args: [HOSTILE], sandbox: 'off', ...entry }
    const line = `  ${name}: ${JSON.stringify({ ...whole, env: { PLAN: planFile, LOG: log, ...env } })}\n`
    return { name, line, of: { ...logIn(log), plan: write } }
  })
  const lines = all.map(({ line }) => line).join('')
  writeFileSync(where.config, `version: 1\nservers:\n${lines}${rest}${LIST_WAIT}${ASK_THE_HOST_ONLY}`)
  const byName = new Map(all.map(({ name, of }) => [name, of]))
  return {
    ...where,
    of(server) {
      const found = byName.get(server)
      if (found === undefined) throw new Error(`no server of this nest: ${server}`)
      return found
    },
  }
}

/** The first list is whole, however long a busy machine takes to start the server. */
const LIST_WAIT = '\ndefaults: { listWait: 50s }\n'

/** servers.yaml has the hostile server `evil` first; `evilEntry` writes its line anew. */
export function lair(plan: Plan, options: LairOptions = {}): Lair {
  const where = place('', options.files)
  const [planFile, log] = [join(where.dir, 'plan.json'), join(where.out, 'calls.jsonl')]
  const write = (next: Plan): void => writeFileSync(planFile, JSON.stringify(next))
  write(plan)
  writeFileSync(where.config, yaml(where.dir, options))
  return {
    ...where,
    ...logIn(log),
    env: { ...where.env, ...(options.secret === undefined ? {} : { A_TOKEN: options.secret }) },
    plan: write,
  }
}

export function yaml(dir: string, { entry = {}, env = {}, rest = '' }: LairOptions = {}): string {
  // Nothing holds it back, which is the harder case; and tests signal it by its own word of its pid.
  const evil = {
    command: 'node',
    args: [HOSTILE],
    sandbox: 'off',
    env: { PLAN: join(dir, 'plan.json'), LOG: join(dir, 'out/calls.jsonl'), ...env },
    ...entry,
  }
  const text = `version: 1\nservers:\n  evil: ${JSON.stringify(evil)}\n${rest}`
  const waiting = text.includes('defaults:') ? text : `${text}${LIST_WAIT}`
  return waiting.includes('approvals:') ? waiting : `${waiting}${ASK_THE_HOST_ONLY}`
}
