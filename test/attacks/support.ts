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

/** servers.yaml has the hostile server `evil` first; `evilEntry` writes its line anew. */
export function lair(plan: Plan, options: LairOptions = {}): Lair {
  const where = place('', options.files)
  const [planFile, log] = [join(where.dir, 'plan.json'), join(where.out, 'calls.jsonl')]
  writeFileSync(log, '')
  const write = (next: Plan): void => writeFileSync(planFile, JSON.stringify(next))
  write(plan)
  writeFileSync(where.config, yaml(where.dir, options))
  const entries = (): Record<string, unknown>[] =>
    linesOf(readFileSync(log, 'utf8')).map((line) => JSON.parse(line) as Record<string, unknown>)
  return {
    ...where,
    env: { ...where.env, ...(options.secret === undefined ? {} : { A_TOKEN: options.secret }) },
    plan: write,
    forget: () => {
      const starts = entries().filter((entry) => 'started' in entry)
      writeFileSync(log, starts.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    },
    calls: () => entries().filter((entry) => 'name' in entry) as never,
    starts: () => entries().flatMap(({ started }) => (typeof started === 'number' ? [started] : [])),
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
  // The first list is whole, however long a busy machine takes to start the server.
  const waiting = text.includes('defaults:') ? text : `${text}\ndefaults: { listWait: 50s }\n`
  return waiting.includes('approvals:') ? waiting : `${waiting}${ASK_THE_HOST_ONLY}`
}
