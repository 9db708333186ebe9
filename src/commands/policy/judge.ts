/**
 * Judges what would happen to a call now, without starting a server: builds the catalog from the definitions that
 * were pinned when they were first seen, and applies the present rules and profile.
 */
import { pickGrant } from '../../approval/grants/grant-coverage.ts'
import { withoutSwitchedOff } from '../../approval/grants/switched-off.ts'
import type { Grant } from '../../approval/grants/grants.ts'
import { Catalog } from '../../catalog/catalog.ts'
import type { ServersLock } from '../../catalog/lock/servers-lock.ts'
import { whyLeftOut } from '../../catalog/edit.ts'
import { restoreKeys } from '../../catalog/schemas/keys.ts'
import type { Entry } from '../../catalog/offers/select.ts'
import type { Config } from '../../config/config.ts'
import { judged } from '../../pipeline/stages/resolve.ts'
import { ruleOfCall, variesByCall, type Verdict as Judged } from '../../policy/rules.ts'
import { withFixed } from '../../policy/set.ts'
import { serverPlaceOf } from '../../config/place.ts'
import { catalogServer, ruleHash } from '../../config/for-rooms.ts'
import type { ReplayedCall, VerdictWord } from './recorded-call.ts'

export interface Now {
  /** `unseen`: the definition was never pinned, or it depends on arguments that aren't known, so it can't be told. */
  readonly kind: VerdictWord | 'unseen'
  readonly rule: string
  readonly reason: string
}

export class PolicyJudge {
  readonly #config: Config
  readonly #catalog: Catalog
  readonly #grants: readonly Grant[]
  readonly #now: number

  /** @throws SidemuxError when the pinned definitions can't be read. */
  constructor(config: Config, pins: ServersLock, grants: readonly Grant[], now: number) {
    this.#config = config
    this.#grants = grants
    this.#now = now
    this.#catalog = new Catalog(
      config.servers.map((server) => catalogServer(server, config)),
      pins,
    )
    this.#catalog.loadPinned()
  }

  judge({ of, args, before }: ReplayedCall): Now {
    const name = 'name' in of ? of.name : this.#catalog.emittedName(of.server, of.tool)
    const entry = this.#catalog.find('tool', name)
    if (entry === undefined || ('tool' in of && entry.target.name !== of.tool))
      return this.#missing(
        'name' in of ? of.name.slice(0, Math.max(0, of.name.indexOf('_'))) : of.server,
        before,
      )
    const given = args && withFixed(restored(args, entry), entry.fixed ?? new Map())
    if (given !== undefined && 'name' in given)
      return { kind: 'block', rule: 'tools.set', reason: `Another value of "${given.name}" is fixed.` }
    if (given === undefined && this.#varies(entry)) return byArguments(entry.target.verdict.rule)
    const verdict = given === undefined ? entry.target.verdict : judged(entry, given.args).verdict
    const { kind, rule, reason } = verdict
    if (entry.listed === undefined && (kind === 'allow' || kind === 'confirm'))
      return {
        kind: 'unknown',
        rule: 'definition',
        reason: `left out: ${whyLeftOut(entry.edits) ?? 'it is not listed'}`,
      }
    const grant = kind === 'confirm' ? this.#grantFor(entry, verdict, given?.args) : undefined
    return {
      kind,
      rule,
      reason:
        grant === undefined ? reason : `${reason} Grant ${grant.id} covers these arguments: nobody is asked.`,
    }
  }

  #missing(server: string, before: VerdictWord | undefined): Now {
    const { servers, elsewhere, environment, profile } = this.#config
    if (servers.some(({ id }) => id === server)) {
      const known = this.#catalog.knows(server)
      const reason = known
        ? 'The server has not listed this tool with its present launch command.'
        : 'The server has not run with its present launch command: run "sidemux tools".'
      // Nobody had seen it then either.
      return { kind: known && before === 'unknown' ? 'unknown' : 'unseen', rule: 'pin', reason }
    }
    if (elsewhere.some(({ id }) => id === server))
      return { kind: 'unknown', rule: 'environments', reason: `Not in environment ${environment}.` }
    const narrowed = profile?.servers === undefined ? '' : `, or profile ${profile.name} leaves it out`
    return { kind: 'unknown', rule: 'servers', reason: `servers.yaml has no such server${narrowed}.` }
  }

  #varies({ target }: Entry): boolean {
    const { servers, profile } = this.#config
    const rules = servers.find(({ id }) => id === target.server)?.tools ?? {}
    return variesByCall(target.name, rules, profile?.tools)
  }

  #grantFor({ target }: Entry, verdict: Judged, args: ReplayedCall['args']): Grant | undefined {
    const server = this.#config.servers.find(({ id }) => id === target.server)
    if (args === undefined || server === undefined) return undefined
    const subject = {
      server: server.id,
      tool: target.name,
      launchHash: target.launchHash,
      toolHash: target.hash,
      ruleHash: ruleHash(server, this.#config),
      rule: ruleOfCall(verdict),
      risk: verdict.risk,
    }
    const given = withoutSwitchedOff(args, target.definition['inputSchema'])
    return pickGrant(this.#grants, subject, given, this.#now, serverPlaceOf(server.launch))
  }
}

function restored(args: NonNullable<ReplayedCall['args']>, { keys }: Entry): typeof args {
  return restoreKeys(args, keys) as typeof args
}

function byArguments(rule: string): Now {
  return { kind: 'unseen', rule, reason: 'It depends on the arguments, which are not known here.' }
}
