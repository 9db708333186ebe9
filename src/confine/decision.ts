/**
 * Decides whether a local server is confined, and has the words for where one isn't: whatever runs unconfined can read
 * what the others are given, so it weakens all of them (promises 2, 3, 4, 6 and 8). Pure.
 */
import type { Confiner } from './confiner/confiner.ts'
import { runsContainerClient } from './container-client.ts'
import type { SandboxRules } from './options.ts'

export type WorkingConfiner = Exclude<Confiner, { readonly kind: 'none' }>

export interface Confinable {
  readonly rules: Pick<SandboxRules, 'mode' | 'network'>
  readonly command: string
  readonly args: readonly string[]
}

export type ConfineDecision =
  | { readonly kind: 'confine'; readonly confiner: WorkingConfiner }
  /** `why` ends the sentence "it runs unconfined, since …". */
  | { readonly kind: 'plain'; readonly reason: PlainReason; readonly why: string; readonly hint: string }
  /** `why` is a sentence that begins with the server's name, without it. */
  | { readonly kind: 'refuse'; readonly why: string; readonly hint: string }

/** It says so itself, it is the client of a container, or nothing confines here. */
type PlainReason = 'off' | 'container' | 'nothing'

/** Who is to reach less than all of the network is never started where nobody sees to that, unless its entry says "off". */
export function decideConfinement(server: Confinable, confiner: Confiner): ConfineDecision {
  const { mode, network } = server.rules
  if (mode === 'off')
    return {
      kind: 'plain',
      reason: 'off',
      why: 'its entry says "sandbox: off"',
      hint: 'take "sandbox: off" away, and give it what it needs under "sandbox:"',
    }
  if (mode === 'auto' && runsContainerClient(server.command, server.args)) {
    const hint = 'look at what its arguments give the container: -v, --mount, --network, --privileged'
    const why = 'it is the client of a container, and what runs in there has what that command gives it'
    return network.kind === 'all'
      ? { kind: 'plain', reason: 'container', why, hint }
      : unheld(
          network,
          'it is the client of a container, which is not confined',
          `say it by --network in "args"`,
        )
  }
  if (confiner.kind === 'none') {
    const { why, hint } = confiner
    const nothing = `nothing is confined here, since ${why}`
    if (mode === 'required')
      return {
        kind: 'refuse',
        why: `requires a sandbox, and ${nothing}`,
        hint: `${hint}; or set "sandbox: auto" for it in servers.yaml to run it unconfined`,
      }
    return network.kind === 'all'
      ? { kind: 'plain', reason: 'nothing', why, hint }
      : unheld(network, nothing, hint)
  }
  return network.kind === 'named' && confiner.kind !== 'bubblewrap'
    ? unheld(network, `that takes bubblewrap: ${lackOf(confiner)}`, 'install or allow bubblewrap')
    : { kind: 'confine', confiner }
}

/** Why there is no bubblewrap. */
export function lackOf(confiner: Exclude<Confiner, { kind: 'bubblewrap' }>): string {
  if (confiner.kind === 'seatbelt') return 'this system has none'
  return confiner.kind === 'none' ? confiner.why : confiner.instead
}

function unheld({ kind }: SandboxRules['network'], why: string, way: string): ConfineDecision {
  const wish = kind === 'none' ? 'is to have no network' : 'may reach named hosts only'
  return {
    kind: 'refuse',
    why: `${wish}, and ${why}`,
    hint: `${way}; or set sandbox.network to "all" for it in servers.yaml`,
  }
}

/** Servers that run unconfined for one reason. */
export interface Unconfined {
  readonly ids: readonly string[]
  readonly reason: PlainReason
  /** Whole sentences, for people. */
  readonly message: string
  readonly hint: string
}

/** A group for each reason, in the order of their first servers. */
export function unconfinedServers(
  servers: readonly (Confinable & { readonly id: string })[],
  confiner: Confiner,
): readonly Unconfined[] {
  const groups = new Map<string, Omit<Unconfined, 'message'> & { why: string; ids: string[] }>()
  for (const server of servers) {
    const decision = decideConfinement(server, confiner)
    if (decision.kind !== 'plain') continue
    const { reason, why, hint } = decision
    const group = groups.get(reason) ?? { ids: [], reason, why, hint }
    group.ids.push(server.id)
    groups.set(reason, group)
  }
  return [...groups.values()].map(({ why, ...group }) => ({ ...group, message: sentence(group, why) }))
}

/** Who is confined by what closes less, because what closes more isn't there; undefined where nobody is. */
export function weaklyConfined(
  servers: readonly (Confinable & { readonly id: string })[],
  confiner: Confiner,
): { readonly message: string; readonly hint: string } | undefined {
  if (confiner.kind !== 'landlock') return undefined
  const ids = servers
    .filter((server) => decideConfinement(server, confiner).kind === 'confine')
    .map(({ id }) => id)
  if (ids.length === 0) return undefined
  return {
    message: `${listed(ids)} ${ids.length === 1 ? 'is' : 'are'} confined by Landlock, since ${confiner.instead}`,
    hint: 'install bubblewrap, or allow it user namespaces',
  }
}

function sentence({ ids, reason }: Pick<Unconfined, 'ids' | 'reason'>, why: string): string {
  const isOne = ids.length === 1
  const said = isOne
    ? why
    : why.replace(/^it is the client/, 'each is the client').replace(/^its entry says/, 'their entries say')
  const start = `${listed(ids)} ${isOne ? 'runs' : 'run'} unconfined, since ${said}`
  if (reason === 'container') return start
  return `${start}. So ${isOne ? 'it' : 'each of them'} can read what you can, what the other servers are given too: promises 2, 3, 4, 6 and 8 do not hold against it`
}

function listed(ids: readonly string[]): string {
  return ids.length < 2 ? ids.join('') : `${ids.slice(0, -1).join(', ')} and ${ids.at(-1)}`
}
