/** Resolves each reference of each server and says what came of it: store, reference, ok or the reason; never a value. */
import { requireConfig } from '../../config/load.ts'
import type { Config, ServerConfig } from '../../config/config.ts'
import { namesSecret } from '../../secrets/names.ts'
import { references } from '../../secrets/reference.ts'
import { Resolver, type ResolveProblem, type ResolveRequest, type SecretUse } from '../../secrets/resolve.ts'
import { openStores } from '../../secrets/stores/index.ts'
import { visibleLine } from '../../visible.ts'
import type { ConfigChoice } from '../choice.ts'
import type { Io } from '../io.ts'
import { table } from '../table.ts'

interface Row {
  readonly server: string
  readonly use: SecretUse
  readonly problem: ResolveProblem | undefined
}

export async function check(options: ConfigChoice & { json: boolean }, io: Io): Promise<0 | 1> {
  const config = await requireConfig({ ...options, env: io.env, cwd: io.cwd })
  const stores = await openStores(config.stores, {
    environment: config.environment,
    baseDir: config.dir,
    env: io.env,
  })
  const resolver = new Resolver({ stores, env: io.env, baseDir: config.dir })
  try {
    const rows = (await Promise.all(config.servers.map((server) => rowsOf(server, resolver)))).flat()
    io.stdout.write(
      options.json ? `${JSON.stringify(rows.map(asJson), undefined, 2)}\n` : asText(rows, config),
    )
    return rows.every(({ use }) => use.outcome === 'ok') ? 0 : 1
  } finally {
    await resolver.close()
  }
}

async function rowsOf(server: ServerConfig, resolver: Resolver): Promise<Row[]> {
  const { uses, problems } = await resolver.resolve(server.id, requestsOf(server), undefined, {
    declared: server.leases,
    taken: new Map(),
  })
  return uses.map((use) => ({
    server: server.id,
    use,
    problem: problems.find(({ field, reference }) => field === use.field && reference === use.reference),
  }))
}

function requestsOf({ launch }: ServerConfig): ResolveRequest[] {
  const all: ResolveRequest[] =
    launch.kind === 'remote'
      ? [
          { field: 'url', template: launch.url },
          ...[...launch.headers].map(([name, template]) => ({ field: `headers.${name}`, template })),
        ]
      : [
          { field: 'command', template: launch.command },
          ...launch.args.map((template, index) => ({ field: `args.${index}`, template })),
          ...[...launch.env].map(([name, template]) => ({ field: `env.${name}`, template })),
        ]
  return all.filter(({ template }) => references(template).length > 0)
}

function asJson({ server, use, problem }: Row): Record<string, unknown> {
  return {
    server,
    ...use,
    ...(problem === undefined ? {} : { message: problem.message, hint: problem.hint ?? null }),
  }
}

function asText(rows: readonly Row[], config: Config): string {
  if (rows.length === 0) return `${config.servers.length} servers, no references\n`
  const cells = rows.map(({ server, use }) => [
    server,
    visibleLine(use.field),
    use.store,
    visibleLine(use.reference),
    use.outcome === 'ok' ? lengthClass(use) : use.outcome,
    'none',
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
