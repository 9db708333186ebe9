/**
 * The smallest policy that each server's references and leases need, for whoever gives the rights to its login. Nothing
 * is asked of a back end and no value is read. In HCL and scripts what is said besides stands in comments; JSON has none,
 * so a single document stands alone and what is said about it goes to standard error.
 */
import type { Config, ServerConfig } from '../../config/config.ts'
import { requireRunnable } from '../../config/load.ts'
import { SidemuxError } from '../../errors.ts'
import { nearestName } from '../../nearest.ts'
import { needsOf, showStore, type Need } from '../../secrets/access/needs.ts'
import { FORMATS, formatOf, placeholdersIn, type Format, type Policy } from '../../secrets/access/policy.ts'
import { awsPolicy } from '../../secrets/access/policies/aws.ts'
import { azurePolicy } from '../../secrets/access/policies/azure.ts'
import { gcpPolicy } from '../../secrets/access/policies/gcp.ts'
import { infisicalPolicy } from '../../secrets/access/policies/infisical.ts'
import { vaultPolicy } from '../../secrets/access/policies/vault.ts'
import { launchRequests } from '../../upstream/launch/launch.ts'
import { visibleLine } from '../../visible.ts'
import type { Io } from '../io.ts'
import { oddLines, refuseOdd } from '../common/odd.ts'
import type { SecretsOptions } from './options.ts'

interface Row extends Policy {
  readonly server: string
  readonly store: string
}

export async function policy(options: SecretsOptions, io: Io): Promise<0> {
  const config = await requireRunnable({ ...options, env: io.env, cwd: io.cwd })
  if (options.server !== undefined) refuseOdd(options.server, config)
  for (const line of oddLines(config)) io.stderr.write(`${line}\n`)
  const servers = chosen(config, options.server)
  const needs = servers.flatMap((server) => needsFor(server, config, io.env))
  const format = options.format === undefined ? onlyFormat(needs) : checked(options.format)
  const rows = needs.flatMap((need): Row[] => {
    const made = formatOf(need.options.type) === format ? write(need, io.env) : undefined
    if (made === undefined) return []
    const notes = [...made.notes, ...sharedNote(need, config, io.env)]
    return [{ server: need.server, store: need.store, policy: made.policy, notes }]
  })
  const without = servers.map(({ id }) => id).filter((id) => rows.every(({ server }) => server !== id))
  if (options.json) io.stdout.write(`${JSON.stringify(asJson(format, rows, without), undefined, 2)}\n`)
  else show(format, rows, without, io)
  return 0
}

function chosen({ servers }: Config, id: string | undefined): readonly ServerConfig[] {
  if (id === undefined) return servers
  const found = servers.filter((server) => server.id === id)
  if (found.length > 0) return found
  const ids = servers.map((server) => server.id)
  const near = nearestName(id, ids)
  throw new SidemuxError(`no server "${visibleLine(id)}" is started with this configuration`, {
    hint: near === undefined ? `there are ${ids.join(', ')}` : `did you mean ${near}?`,
    exitCode: 2,
  })
}

function needsFor(server: ServerConfig, config: Config, env: Io['env']): readonly Need[] {
  const { launch, id, leases } = server
  return needsOf({
    server: id,
    templates: launchRequests(launch).map(({ template }) => template),
    leases,
    stores: config.stores,
    environment: config.environment,
    env,
  })
}

/** A server that shares a login has the rights of all servers that share it. */
function sharedNote(need: Need, config: Config, env: Io['env']): readonly string[] {
  const others = config.servers.filter(
    (server) =>
      server.id !== need.server && needsFor(server, config, env).some(({ store }) => store === need.store),
  )
  if (others.length === 0) return []
  const ids = others.map(({ id }) => id).join(', ')
  return [
    `${ids} has the same login, which so needs these rights too; a login of its own: auth: { ${need.store}: … } of ${need.server}`,
  ]
}

function write({ options, ...rest }: Need, env: Io['env']): Policy | undefined {
  if (options.type === 'vault') return vaultPolicy({ ...rest, options })
  if (options.type === 'infisical') return infisicalPolicy({ ...rest, options })
  if (options.type === 'aws-sm') return awsPolicy({ ...rest, options }, env)
  if (options.type === 'azure-kv') return azurePolicy({ ...rest, options })
  return options.type === 'gcp-sm' ? gcpPolicy({ ...rest, options }) : undefined
}

function checked(format: string): Format {
  const found = FORMATS.find((one) => one === format)
  if (found !== undefined) return found
  throw new SidemuxError('there is no such format', {
    hint: `use --format with one of ${FORMATS.join(', ')}`,
    exitCode: 2,
  })
}

/** The one that fits what the servers refer to. */
function onlyFormat(needs: readonly Need[]): Format {
  const used = [...new Set(needs.flatMap(({ options }) => formatOf(options.type) ?? []))]
  const [first, second] = used
  if (first !== undefined && second === undefined) return first
  throw new SidemuxError(
    first === undefined
      ? 'no server refers to a store whose rights a policy could say'
      : `the servers refer to stores of several kinds: ${used.join(', ')}`,
    {
      hint:
        first === undefined
          ? `there are policies for stores of type infisical, vault, aws-sm, azure-kv and gcp-sm`
          : `choose one: sidemux secrets policy --format ${first}`,
      exitCode: 2,
    },
  )
}

function asJson(
  format: Format,
  rows: readonly Row[],
  without: readonly string[],
): readonly Record<string, unknown>[] {
  return [
    ...rows.map((row) => ({ format, ...row, placeholders: placeholdersIn(row.policy) })),
    ...without.map((server) => ({ format, server, store: null, policy: null, notes: [], placeholders: [] })),
  ]
}

function show(
  format: Format,
  rows: readonly Row[],
  without: readonly string[],
  { stdout, stderr }: Io,
): void {
  const [only] = rows
  const alone = rows.length === 1 && typeof only?.policy === 'object'
  const say = (line: string): void => void (alone ? stderr : stdout).write(`# ${visibleLine(line)}\n`)
  for (const [index, row] of rows.entries()) {
    if (index > 0) stdout.write('\n')
    say(`${row.server} at store ${showStore(row.store)}`)
    for (const note of row.notes) say(note)
    const open = placeholdersIn(row.policy)
    if (open.length > 0) say(`replace ${open.join(', ')}`)
    stdout.write(
      typeof row.policy === 'string' ? row.policy : `${JSON.stringify(row.policy, undefined, 2)}\n`,
    )
  }
  if (rows.length > 0 && without.length > 0 && !alone) stdout.write('\n')
  for (const server of without) say(`${server} refers to nothing that a policy for ${format} could say`)
}
