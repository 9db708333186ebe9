/** `sidemux login --status`: for each remote server how sidemux gets in there, and since when; never a token. */
import { requireRunnable } from '../../config/load.ts'
import type { Config, ServerConfig } from '../../config/config.ts'
import { SidemuxError } from '../../errors.ts'
import { stateDir } from '../../state/directory.ts'
import { loginName } from '../../upstream/remote/oauth/login.ts'
import { LoginVault } from '../../upstream/remote/oauth/vault.ts'
import type { RemoteSpec } from '../../upstream/remote/remote-spec.ts'
import type { ConfigVerbOptions } from '../common/choice.ts'
import { elsewhereLines } from '../common/elsewhere.ts'
import { oddLines } from '../common/odd.ts'
import type { Io } from '../io.ts'
import { table } from '../common/table.ts'
import { resolveLogin, usesHeaders } from './server.ts'

interface Row {
  readonly server: string
  readonly login: 'headers' | 'yes' | 'none' | 'ended' | 'unknown'
  /** When somebody logged in, or the tokens were last refreshed, RFC 3339. */
  readonly since?: string
  readonly kept?: string
  /** When the present token ends, and whether it is refreshed by itself then. */
  readonly expires?: string
  readonly refreshes?: boolean
  readonly problem?: string
}

export async function status(choice: ConfigVerbOptions & { json: boolean }, io: Io): Promise<0> {
  const config = await requireRunnable({ ...choice, env: io.env, cwd: io.cwd })
  const vault = new LoginVault(stateDir(io.env))
  const rows: Row[] = []
  for (const server of config.servers) {
    if (server.launch.kind === 'remote') rows.push(await rowOf(server, server.launch, config, vault, io))
  }
  if (choice.json) io.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`)
  else io.stdout.write(rows.length === 0 ? 'no server in servers.yaml has a "url"\n' : asTable(rows))
  for (const line of [...oddLines(config), ...elsewhereLines(config)]) io.stderr.write(`${line}\n`)
  return 0
}

async function rowOf(
  server: ServerConfig,
  spec: RemoteSpec,
  config: Config,
  vault: LoginVault,
  io: Io,
): Promise<Row> {
  if (usesHeaders(spec)) return { server: server.id, login: 'headers' }
  try {
    const { url } = await resolveLogin(server, spec, config, io)
    const name = loginName(server.id, url)
    const [login, entry] = [await vault.read(name), await vault.where(name)]
    if (login === undefined || entry === undefined) return { server: server.id, login: 'none' }
    const { tokens, at } = login
    return {
      server: server.id,
      login: tokens === undefined ? 'ended' : 'yes',
      since: at,
      kept: entry.at,
      ...(tokens?.expiresAt === undefined ? {} : { expires: new Date(tokens.expiresAt).toISOString() }),
      ...(tokens === undefined ? {} : { refreshes: tokens.refresh !== undefined }),
    }
  } catch (error) {
    if (!(error instanceof SidemuxError)) throw error
    return { server: server.id, login: 'unknown', problem: error.message }
  }
}

const WORDS: Readonly<Record<Row['login'], string>> = {
  headers: 'credentials in "headers"',
  yes: 'logged in',
  none: 'not logged in',
  ended: 'the login has ended',
  unknown: 'unknown',
}

function asTable(rows: readonly Row[]): string {
  const cells = rows.map(({ server, login, since, kept, expires, refreshes, problem }) => [
    server,
    problem ?? WORDS[login],
    kept ?? '-',
    since ?? '-',
    expires === undefined ? '-' : refreshes === true ? `${expires}, then refreshed` : expires,
  ])
  return table(['server', 'login', 'kept in', 'since', 'token until'], cells)
}
