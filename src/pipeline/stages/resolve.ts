/**
 * Finds what a call is for, and gives its arguments the names that the child knows. A host may call before it lists,
 * so a name that isn't known yet, or only from an earlier run, waits for its server to say what it has now: what was
 * pinned may not be what is there any more (promise 5).
 */
import { canonicalHash } from '../../canonical.ts'
import { restoreKeys } from '../../catalog/repair.ts'
import type { Entry } from '../../catalog/select.ts'
import type { Target } from '../../catalog/target.ts'
import type { About, Stage } from '../call.ts'

export interface ResolveDeps {
  find(emitted: string): Entry | undefined
  /** Resolves when the server has listed its tools once, or with why it hasn't; at once for an unknown server. */
  listed(server: string, signal: AbortSignal): Promise<{ reason: string; hint: string } | undefined>
}

export function resolve(deps: ResolveDeps): Stage {
  return async (call, next) => {
    const known = deps.find(call.name)
    const down = mayRun(known) ? await deps.listed(serverOf(call.name), call.signal) : undefined
    if (down !== undefined)
      return { kind: 'failed', ...down, ...(known === undefined ? {} : { about: about(known.target) }) }
    const entry = deps.find(call.name)
    if (entry === undefined)
      return {
        kind: 'blocked',
        by: 'unknown',
        reason: 'no server has such a tool',
        hint: 'run "sidemux tools"',
      }
    const { kind } = entry.target.verdict
    if (entry.listed === undefined && kind !== 'block' && kind !== 'hidden') {
      return {
        kind: 'blocked',
        by: 'unknown',
        reason: `the tool is ${entry.notes.at(-1) ?? 'left out'}`,
        hint: 'run "sidemux tools"',
      }
    }
    const args = restoreKeys(call.args, entry.keys)
    // What has no canonical form can't be bound to a yes nor written down, so it goes no further.
    if (!isArguments(args) || !hasCanonicalForm(args)) {
      return {
        kind: 'blocked',
        by: 'arguments',
        reason:
          'the arguments are not well-formed JSON (half a surrogate pair, or nested deeper than 256 levels)',
        hint: 'send well-formed Unicode and flatter arguments',
      }
    }
    return { ...(await next({ ...call, args, target: entry.target })), about: about(entry.target) }
  }
}

/** What is blocked or hidden answers at once, whatever its server does. */
function mayRun(known: Entry | undefined): boolean {
  const kind = known?.target.verdict.kind
  return kind !== 'block' && kind !== 'hidden'
}

/** Server ids have no `_`, so a name tells its server also while nothing is known of its tools. */
function serverOf(emitted: string): string {
  return emitted.slice(0, Math.max(0, emitted.indexOf('_')))
}

function about({ server, kind, name, verdict }: Target): About {
  return { server, kind, name, verdict: verdict.kind, rule: verdict.rule }
}

function isArguments(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function hasCanonicalForm(value: unknown): boolean {
  try {
    canonicalHash(value)
    return true
  } catch {
    return false
  }
}
