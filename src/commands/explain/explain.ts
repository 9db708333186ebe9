/**
 * `sidemux tools --explain SERVER/TOOL`: why a tool has its verdict, what a yes to it would bind to, and which grant
 * would be used. Deciding is that of the call itself: the catalog's verdict, the policy's rules, the book's grants.
 * Arguments are taken and never printed.
 */
import { GrantBook } from '../../approval/grants/grant-book.ts'
import { withoutSwitchedOff } from '../../approval/grants/switched-off.ts'
import { isFor, pickGrant, whyNotCovered, whyVoid } from '../../approval/grants/grant-coverage.ts'
import { offerFor } from '../../approval/grants/grant-offer.ts'
import type { Grant, GrantSubject } from '../../approval/grants/grants.ts'
import { argumentsHash } from '../../approval/facts/request.ts'
import { restoreKeys } from '../../catalog/schemas/keys.ts'
import { factsOf, NOT_FOR_HOSTS, type Entry } from '../../catalog/offers/select.ts'
import { serverPlaceOf } from '../../config/place.ts'
import { ruleHash } from '../../config/for-rooms.ts'
import { renderError, SidemuxError } from '../../errors.ts'
import type { LogLevel } from '../../log-levels.ts'
import { explainVerdict } from '../../policy/explain.ts'
import { ruleOfCall } from '../../policy/rules.ts'
import { withFixed } from '../../policy/set.ts'
import type { ServerPlace } from '../../policy/where/place.ts'
import { stateDir } from '../../state/directory.ts'
import { whyDown } from '../../upstream/life/state.ts'
import { asciiJson, visibleLine } from '../../visible.ts'
import { toolArguments } from '../common/arguments.ts'
import type { ConfigVerbOptions } from '../common/choice.ts'
import type { GrantNote, ToolExplanation } from './explanation.ts'
import { explanationText } from './explanation-text.ts'
import type { Io } from '../io.ts'
import { withSession, type VerbSession } from '../common/session.ts'
import { refuseUnknown } from '../common/unknown.ts'

export interface ExplainOptions extends ConfigVerbOptions {
  /** `SERVER/TOOL`. */
  readonly which: string
  /** A JSON object. */
  readonly args?: string
  readonly json: boolean
  readonly logLevel: LogLevel
}

export async function explainTool(options: ExplainOptions, io: Io): Promise<0 | 1> {
  const [server, tool] = split(options.which)
  const args = options.args === undefined ? undefined : toolArguments(options.args)
  return withSession({ ...options, only: server, asHost: true }, io, async (session) => {
    if (session.config.servers.length === 0) refuseUnknown(server, session.config)
    await session.sidecar.fleet.settled()
    const down = notRunning(server, session)
    const entry = session.sidecar.catalog
      .entries()
      .find(({ target }) => target.server === server && target.name === tool)
    if (entry === undefined) throw down ?? (await unlisted(server, session)) ?? noTool(server, tool)
    const book = new GrantBook({
      stateDir: stateDir(io.env),
      configFile: session.config.file,
      now: Date.now,
      onError: (error) => io.stderr.write(`${renderError(error)}\n`),
    })
    const explanation = explained(entry, session, book.list(), args)
    io.stdout.write(options.json ? `${asciiJson(explanation, 2)}\n` : explanationText(explanation))
    if (down === undefined) return 0
    io.stderr.write(`${renderError(down)}\nthis is what it had when it was last seen\n`)
    return 1
  })
}

function explained(
  entry: Entry,
  { config, redactor }: VerbSession,
  grants: readonly Grant[],
  given: Readonly<Record<string, unknown>> | undefined,
): ToolExplanation {
  const { target, listed, edits, notes } = entry
  const { server: id, name: tool, definition, emitted, hash: toolHash, launchHash } = target
  const server = config.servers.find((candidate) => candidate.id === id)
  const isNew = target.isNew === true
  const unchanged = target.changes.length === 0 && !isNew && toolHash !== 'unhashable'
  const args = given && wholeArguments(given, entry)
  const place = server && serverPlaceOf(server.launch)
  const explanation = explainVerdict(
    { ...factsOf({ ...definition, name: tool }, entry), unchanged, isNew },
    server?.tools ?? {},
    config.profile?.tools,
    target.verdict.rule === NOT_FOR_HOSTS ? target.verdict : undefined,
    args && place && { args, place },
  )
  const subject = {
    server: id,
    tool,
    launchHash,
    toolHash,
    ruleHash: server === undefined ? '' : ruleHash(server, config),
    rule: args && ruleOfCall(explanation.verdict),
    risk: explanation.verdict.risk,
  }
  const granted = args && withoutSwitchedOff(args, definition['inputSchema'])
  return {
    name: emitted,
    server: id,
    tool,
    ...explanation,
    changes: target.changes.map(({ member }) => member),
    isNew,
    listed: listed !== undefined,
    notes: [...edits.map(({ what, part, why }) => `${what}: ${part}, because ${why}`), ...notes],
    binds: {
      launch: launchHash,
      definition: toolHash,
      config: config.hash,
      args: args && hashOf(args),
    },
    offer:
      granted &&
      offerFor(
        explanation.verdict.risk,
        granted,
        target.changes.length > 0,
        redactor.maskJson(granted).value,
        {
          tool,
          inputSchema: definition['inputSchema'],
          place,
        },
      ),
    grants: grantNotes(grants, subject, granted, place),
  }
}

/** As they would be judged: by the server's names, and with what is fixed. */
function wholeArguments(
  given: Readonly<Record<string, unknown>>,
  { keys, fixed = new Map() }: Entry,
): Readonly<Record<string, unknown>> {
  const restored = restoreKeys(given, keys) as Readonly<Record<string, unknown>>
  const whole = withFixed(restored, fixed)
  if ('args' in whole) return whole.args
  throw new SidemuxError(
    `the argument "${visibleLine(whole.name)}" is fixed in servers.yaml (tools.set), and --args has another value for it`,
    { hint: 'leave it out; a call with another value is refused', exitCode: 2 },
  )
}

function grantNotes(
  grants: readonly Grant[],
  subject: GrantSubject,
  args: Readonly<Record<string, unknown>> | undefined,
  place: ServerPlace | undefined,
): readonly GrantNote[] {
  const now = Date.now()
  const picked = args && pickGrant(grants, subject, args, now, place)
  return grants
    .filter((grant) => isFor(grant, subject))
    .map((grant) => ({
      grant,
      used: grant === picked,
      why: args === undefined ? whyVoid(grant, subject) : whyNotCovered(grant, subject, args, now, place),
    }))
}

/** What has no canonical form can't be bound to a yes; a call with it goes no further. */
function hashOf(args: Readonly<Record<string, unknown>>): string {
  try {
    return argumentsHash(args)
  } catch {
    throw new SidemuxError(
      '--args is not well-formed: half a surrogate pair, or nested deeper than 256 levels',
      {
        hint: 'such a call is never made; send well-formed Unicode and flatter arguments',
        exitCode: 2,
      },
    )
  }
}

function split(which: string): [string, string] {
  const slash = which.indexOf('/')
  if (slash < 1 || slash === which.length - 1) {
    throw new SidemuxError('--explain wants SERVER/TOOL', {
      hint: 'write for example --explain files/delete_file; "sidemux tools" lists them',
      exitCode: 2,
    })
  }
  return [which.slice(0, slash), which.slice(slash + 1)]
}

function noTool(server: string, tool: string): SidemuxError {
  return new SidemuxError(`${server} has no tool "${visibleLine(tool)}"`, {
    hint: `run "sidemux tools" to see its tools; names are the server's own`,
    exitCode: 2,
  })
}

/** What it has may stand in a part of its list that could not be read. */
async function unlisted(server: string, { sidecar }: VerbSession): Promise<SidemuxError | undefined> {
  const gap = await sidecar.fleet.whyUnlisted(server, 'tools', new AbortController().signal)
  return gap && new SidemuxError(gap.reason, gap)
}

function notRunning(server: string, { sidecar }: VerbSession): SidemuxError | undefined {
  const state = sidecar.fleet.get(server)?.state
  const why = state && whyDown(server, state)
  return why && new SidemuxError(`${server} did not start: ${why.reason}`, why)
}
