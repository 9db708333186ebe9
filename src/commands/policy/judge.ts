/**
 * What would come of a call now: the catalog as it would be with nothing started, of the definitions that were pinned
 * when they were first seen, under the present rules and profile.
 */
import { pickGrant } from '../../approval/grantCoverage.ts'
import type { Grant } from '../../approval/grants.ts'
import { Catalog } from '../../catalog/catalog.ts'
import type { PinBook } from '../../catalog/pinBook.ts'
import { whyLeftOut } from '../../catalog/edit.ts'
import { restoreKeys } from '../../catalog/keys.ts'
import type { Entry } from '../../catalog/select.ts'
import type { Config } from '../../config/config.ts'
import { catalogServer, ruleHash } from '../../config/rooms.ts'
import type { ReplayedCall, Verdict } from './entry.ts'

export interface Now {
  /** `unseen`: the definition was never pinned, so it can't be told. */
  readonly kind: Verdict | 'unseen'
  readonly rule: string
  readonly reason: string
}

export class Judge {
  readonly #config: Config
  readonly #catalog: Catalog
  readonly #grants: readonly Grant[]
  readonly #now: number

  /** @throws SidemuxError when the pinned definitions can't be read. */
  constructor(config: Config, pins: PinBook, grants: readonly Grant[], now: number) {
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
    const { kind, rule, reason } = entry.target.verdict
    if (entry.listed === undefined && (kind === 'allow' || kind === 'confirm'))
      return {
        kind: 'unknown',
        rule: 'definition',
        reason: `left out: ${whyLeftOut(entry.edits) ?? 'it is not listed'}`,
      }
    const grant = kind === 'confirm' ? this.#grantFor(entry, args) : undefined
    return {
      kind,
      rule,
      reason:
        grant === undefined ? reason : `${reason} Grant ${grant.id} covers these arguments: nobody is asked.`,
    }
  }

  #missing(server: string, before: Verdict | undefined): Now {
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

  #grantFor({ target, keys }: Entry, args: ReplayedCall['args']): Grant | undefined {
    const server = this.#config.servers.find(({ id }) => id === target.server)
    if (args === undefined || server === undefined) return undefined
    const subject = {
      server: server.id,
      tool: target.name,
      launchHash: target.launchHash,
      toolHash: target.hash,
      ruleHash: ruleHash(server, this.#config),
    }
    const given = restoreKeys(args, keys) as Readonly<Record<string, unknown>>
    return pickGrant(this.#grants, subject, given, this.#now)
  }
}
