/** Resolves each reference of each server and says what came of it: store, reference, ok or the reason; never a value. */
import { requireConfig } from '../../config/load.ts'
import type { Config, ServerConfig } from '../../config/config.ts'
import { leaseOpening } from '../../config/rooms.ts'
import { LeaseKeeper } from '../../secrets/leases/keeper.ts'
import { takeLeases } from '../../secrets/leases/take.ts'
import { namesSecret } from '../../secrets/names.ts'
import { references } from '../../secrets/reference.ts'
import { Resolver, type ResolveProblem, type ResolveRequest, type SecretUse } from '../../secrets/resolve.ts'
import { openStores } from '../../secrets/stores/index.ts'
import { ensureStateDir } from '../../state/directory.ts'
import { remoteRequests } from '../../upstream/remote/target.ts'
import { visibleLine } from '../../visible.ts'
import type { ConfigChoice } from '../choice.ts'
import { elsewhereLines } from '../elsewhere.ts'
import type { Io } from '../io.ts'
import { table } from '../table.ts'

interface Row {
  readonly server: string
  readonly use: SecretUse
  readonly problem: ResolveProblem | undefined
  /** When a leased value ends, RFC 3339. */
  readonly expires?: string
}

export async function check(options: ConfigChoice & { json: boolean }, io: Io): Promise<0 | 1> {
  const config = await requireConfig({ ...options, env: io.env, cwd: io.cwd })
  const stores = await openStores(config.stores, {
    environment: config.environment,
    baseDir: config.dir,
    env: io.env,
  })
  const resolver = new Resolver({ stores, env: io.env, baseDir: config.dir })
  const opening = leaseOpening(config, { stateDir: ensureStateDir(io.env), env: io.env })
  const keeper = new LeaseKeeper({ opening, onSettled: () => {} })
  try {
    const rows = (await Promise.all(config.servers.map((server) => rowsOf(server, resolver, keeper)))).flat()
    io.stdout.write(
      options.json ? `${JSON.stringify(rows.map(asJson), undefined, 2)}\n` : asText(rows, config),
    )
    for (const line of elsewhereLines(config)) io.stderr.write(`${line}\n`)
    return rows.every(({ use }) => use.outcome === 'ok') ? 0 : 1
  } finally {
    await keeper.close()
    await resolver.close()
  }
}

/** A lease can only be checked by taking it; it is given back at once. */
async function rowsOf(server: ServerConfig, resolver: Resolver, keeper: LeaseKeeper): Promise<Row[]> {
  const requests = requestsOf(server)
  const { held, taken } = await takeLeases(keeper, resolver, server.id, server.leases, requests)
  const context = { declared: server.leases, taken }
  const { uses, problems } = await resolver.resolve(server.id, requests, undefined, context)
  await Promise.allSettled([...held.values()].map((lease) => keeper.revoke(lease)))
  return uses.map((use) => {
    const lease = held.get(/^\$\{lease:([^#}]+)/.exec(use.reference)?.[1] ?? '')
    return {
      server: server.id,
      use,
      problem: problems.find(({ field, reference }) => field === use.field && reference === use.reference),
      ...(lease === undefined ? {} : { expires: new Date(lease.expiresAt).toISOString() }),
    }
  })
}

function requestsOf({ launch }: ServerConfig): ResolveRequest[] {
  const all: ResolveRequest[] =
    launch.kind === 'remote'
      ? remoteRequests(launch)
      : [
          { field: 'command', template: launch.command },
          ...launch.args.map((template, index) => ({ field: `args.${index}`, template })),
          ...[...launch.env].map(([name, template]) => ({ field: `env.${name}`, template })),
        ]
  return all.filter(({ template }) => references(template).length > 0)
}

function asJson({ server, use, problem, expires }: Row): Record<string, unknown> {
  return {
    server,
    ...use,
    expires: expires ?? null,
    ...(problem === undefined ? {} : { message: problem.message, hint: problem.hint ?? null }),
  }
}

function asText(rows: readonly Row[], config: Config): string {
  if (rows.length === 0) return `${config.servers.length} servers, no references\n`
  const cells = rows.map(({ server, use, expires }) => [
    server,
    visibleLine(use.field),
    use.store,
    visibleLine(use.reference),
    use.outcome === 'ok' ? lengthClass(use) : use.outcome,
    expires ?? '-',
  ])
  const problems = rows.flatMap(({ server, problem }) =>
    problem === undefined
      ? []
      : [`${server}: ${problem.message}\n${problem.hint === undefined ? '' : `  hint: ${problem.hint}\n`}`],
  )
  return `${table(['server', 'field', 'store', 'reference', 'outcome', 'expires'], cells)}${problems.length === 0 ? '' : `\n${problems.join('')}`}`
}

function lengthClass(use: SecretUse): string {
  return use.length === 'short' && namesSecret(use) ? 'ok, but too short to mask' : 'ok'
}
