/** Resolves each reference of each server and says what came of it: store, reference, ok or the reason; never a value. */
import { requireRunnable } from '../../config/load.ts'
import type { Config, ServerConfig } from '../../config/config.ts'
import { strayDotenvLines } from '../../checkup/leaks/stray-lines.ts'
import { secretHostText } from '../../egress/broker/hosts.ts'
import { leaseOpening } from '../../config/for-rooms.ts'
import { WEAK, weakHint } from '../../checkup/leaks/weak.ts'
import { LeaseKeeper } from '../../secrets/leases/keeper.ts'
import { takeLeases } from '../../secrets/leases/take.ts'
import { namesSecret } from '../../secrets/words/names.ts'
import { partsOf } from '../../secrets/parts/parts.ts'
import { references, type ReferencePart } from '../../secrets/reference.ts'
import { whyPlain } from '../../secrets/resolve/resolution.ts'
import { Resolver, type ResolveProblem, type SecretUse } from '../../secrets/resolve/resolve.ts'
import type { Secret } from '../../secrets/secret.ts'
import { openStores } from '../../secrets/stores/index.ts'
import { weaknessOf } from '../../secrets/parts/usual-setting.ts'
import { ensureStateDir } from '../../state/directory.ts'
import { launchRequests as requestsOf } from '../../upstream/launch/launch.ts'
import { visibleLine } from '../../visible.ts'
import type { ConfigVerbOptions } from '../common/choice.ts'
import { elsewhereLines } from '../common/elsewhere.ts'
import { refuseUnagreed } from '../common/unagreed.ts'
import { watchLines } from './watched.ts'
import { oddLines } from '../common/odd.ts'
import type { Io } from '../io.ts'
import { table } from '../common/table.ts'

interface Row {
  readonly server: string
  readonly use: SecretUse
  readonly problem: ResolveProblem | undefined
  /** When a leased value ends, RFC 3339. */
  readonly expires?: string
  readonly looks: Looks
  /** Where it goes in place of to the server. */
  readonly hosts?: readonly string[]
}

/** The judgement on a value that is there. */
interface Looks {
  /** Why it is not masked: `as declared`, `a host name`. */
  readonly plain?: string
  /** How many secrets inside it are masked as well. */
  readonly parts?: number
  /** `is a common word`: masked, and will be met where nobody meant it. */
  readonly weak?: string
}

export async function checkSecrets(options: ConfigVerbOptions & { json: boolean }, io: Io): Promise<0 | 1> {
  const config = await requireRunnable({ ...options, env: io.env, cwd: io.cwd })
  await refuseUnagreed(config.servers, config, io.env)
  const stores = await openStores(config.stores, {
    environment: config.environment,
    baseDir: config.dir,
    env: io.env,
  })
  const resolver = new Resolver({ stores, env: io.env, baseDir: config.dir })
  const opening = leaseOpening(config, { stateDir: ensureStateDir(io.env), env: io.env })
  const keeper = new LeaseKeeper({ opening })
  try {
    const rows = (
      await Promise.all(config.servers.map((server) => rowsOf(server, { resolver, keeper, env: io.env })))
    ).flat()
    io.stdout.write(
      options.json ? `${JSON.stringify(rows.map(asJson), undefined, 2)}\n` : asText(rows, config),
    )
    const stray = (await strayDotenvLines(config, io.env)).map((said) => `warning: ${visibleLine(said)}\n`)
    for (const line of stray) (options.json ? io.stderr : io.stdout).write(line)
    const watched = watchLines(
      rows.map(({ use }) => use),
      stores,
    )
    for (const line of [...oddLines(config), ...elsewhereLines(config), ...watched])
      io.stderr.write(`${line}\n`)
    return config.odd.length === 0 && rows.every(({ use }) => use.outcome === 'ok') ? 0 : 1
  } finally {
    await keeper.close()
    await resolver.close()
  }
}

interface Checking {
  readonly resolver: Resolver
  readonly keeper: LeaseKeeper
  readonly env: NodeJS.ProcessEnv
}

/** A lease can only be checked by taking it; it is given back at once. */
async function rowsOf(server: ServerConfig, { resolver, keeper, env }: Checking): Promise<Row[]> {
  const parts = requestsOf(server.launch).flatMap(({ template }) => references(template))
  const requests = requestsOf(server.launch).filter(({ template }) => references(template).length > 0)
  const { held, taken } = await takeLeases(keeper, resolver, server.id, server.leases, requests)
  const context = { declared: server.leases, taken }
  const { uses, problems, values } = await resolver.resolve(server.id, requests, undefined, context)
  await Promise.allSettled([...held.values()].map((lease) => keeper.revoke(lease)))
  return uses.map((use) => {
    const lease = held.get(/^\$\{(?:plain:)?lease:([^#}]+)/.exec(use.reference)?.[1] ?? '')
    return {
      server: server.id,
      use,
      problem: problems.find(({ field, reference }) => field === use.field && reference === use.reference),
      ...(lease === undefined ? {} : { expires: new Date(lease.expiresAt).toISOString() }),
      ...hostsOf(server, use),
      looks: looksOf(
        values.get(use),
        parts.find(({ text }) => text === use.reference),
        { env, field: use.field },
      ),
    }
  })
}

function hostsOf({ launch }: ServerConfig, { field, plain }: SecretUse): Pick<Row, 'hosts'> {
  const rule =
    launch.kind === 'stdio' && plain !== true ? launch.brokered.get(field.replace(/^env\./, '')) : undefined
  return rule === undefined ? {} : { hosts: rule.hosts.map(secretHostText) }
}

function looksOf(
  secret: Secret | undefined,
  part: ReferencePart | undefined,
  at: { readonly env: NodeJS.ProcessEnv; readonly field: string },
): Looks {
  if (secret === undefined || part === undefined) return {}
  const value = secret.reveal()
  const plain = whyPlain(part, value, at)
  if (plain !== undefined) return { plain }
  const weak = secret.maskable ? weaknessOf(value) : undefined
  const parts = partsOf(value).length
  return { ...(parts === 0 ? {} : { parts }), ...(weak === undefined ? {} : { weak }) }
}

function asJson({ server, use, problem, expires, looks, hosts }: Row): Record<string, unknown> {
  return {
    server,
    ...use,
    ...(hosts !== undefined && { deliver: 'broker', hosts }),
    expires: expires ?? null,
    plain: looks.plain ?? null,
    parts: looks.parts ?? 0,
    weak: looks.weak ?? null,
    ...(problem === undefined ? {} : { message: problem.message, hint: problem.hint ?? null }),
  }
}

function asText(rows: readonly Row[], config: Config): string {
  if (rows.length === 0)
    return `${config.servers.length} ${config.servers.length === 1 ? 'server' : 'servers'}, no references\n`
  const cells = rows.map(({ server, use, expires, looks, hosts }) => [
    server,
    visibleLine(use.field),
    use.store,
    visibleLine(use.reference),
    use.outcome === 'ok' ? told(use, looks, hosts) : use.outcome,
    expires ?? '-',
  ])
  const problems = rows.flatMap(({ server, problem }) =>
    problem === undefined ? [] : [withHint(`${server}: ${problem.message}`, problem.hint)],
  )
  const weak = rows.flatMap(({ server, use, looks }) =>
    looks.weak === undefined
      ? []
      : [withHint(`${server}: ${use.reference} ${looks.weak}: ${WEAK}`, weakHint(use.reference))],
  )
  const more = [...problems, ...weak]
  return `${table(['server', 'field', 'store', 'reference', 'outcome', 'expires'], cells)}${more.length === 0 ? '' : `\n${more.join('')}`}`
}

function withHint(message: string, hint: string | undefined): string {
  return `${message}\n${hint === undefined ? '' : `  hint: ${hint}\n`}`
}

function told(use: SecretUse, { plain, parts = 0 }: Looks, hosts: Row['hosts']): string {
  if (plain !== undefined) return `ok, plain: ${plain}`
  if (hosts !== undefined) return `ok, brokered to ${hosts.join(', ')}`
  if (use.length === 'short' && namesSecret(use)) return 'ok, but too short to mask'
  return parts === 0 ? 'ok' : `ok, ${parts} part${parts === 1 ? '' : 's'} masked`
}
