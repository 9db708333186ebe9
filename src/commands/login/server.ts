/** The remote server that a login is for, as far as a login needs it: its address, and as which client. */
import { requireRunnable } from '../../config/load.ts'
import type { Config, ServerConfig } from '../../config/config.ts'
import { SidemuxError } from '../../errors.ts'
import type { Trust } from '../../net/trust.ts'
import { nearestName } from '../../nearest.ts'
import { Resolver } from '../../secrets/resolve/resolve.ts'
import { openStores } from '../../secrets/stores/index.ts'
import type { OAuthClient } from '../../upstream/remote/oauth/oauth-client.ts'
import { remoteRequests, type RemoteSpec } from '../../upstream/remote/remote-spec.ts'
import { readTrust, urlOf } from '../../upstream/remote/target.ts'
import { visibleLine } from '../../visible.ts'
import type { ConfigVerbOptions } from '../common/choice.ts'
import { refuseElsewhere } from '../common/elsewhere.ts'
import { refuseUnagreed } from '../common/unagreed.ts'
import { refuseOdd } from '../common/odd.ts'
import type { Io } from '../io.ts'

export interface RemoteServer {
  readonly config: Config
  readonly id: string
  readonly spec: RemoteSpec
  readonly url: URL
  readonly client: OAuthClient
  /** Reads the certificate authority that servers.yaml names for it. */
  readonly trust: () => Promise<Trust | undefined>
}

export async function remoteServer(id: string, choice: ConfigVerbOptions, io: Io): Promise<RemoteServer> {
  const config = await requireRunnable({ ...choice, env: io.env, cwd: io.cwd })
  const server = config.servers.find((candidate) => candidate.id === id)
  if (server === undefined) throw unknown(id, config)
  const spec = server.launch
  if (spec.kind !== 'remote') {
    throw new SidemuxError(`${id} is a program on this machine, and nobody logs in there`, {
      hint: 'hand it its credentials in "env"',
      exitCode: 2,
    })
  }
  if (usesHeaders(spec)) {
    throw new SidemuxError(`${id} has its credentials in "headers", so nobody logs in there`, {
      hint: 'remove the Authorization header from servers.yaml to log in instead',
      exitCode: 2,
    })
  }
  const { url, clientSecret, trust } = await resolveLogin(server, spec, config, io)
  const { clientSecret: _reference, ...rest } = spec.oauth
  return {
    config,
    id,
    spec,
    url,
    client: { ...rest, ...(clientSecret === undefined ? {} : { clientSecret }) },
    trust,
  }
}

export function usesHeaders({ headers }: RemoteSpec): boolean {
  return [...headers.keys()].some((name) => name.toLowerCase() === 'authorization')
}

/** @throws SidemuxError that names the reference and its line. */
export async function resolveLogin(
  server: ServerConfig,
  spec: RemoteSpec,
  config: Config,
  io: Io,
): Promise<Pick<RemoteServer, 'url' | 'trust'> & { readonly clientSecret: string | undefined }> {
  await refuseUnagreed([server], config, io.env)
  const stores = await openStores(config.stores, {
    environment: config.environment,
    baseDir: config.dir,
    env: io.env,
  })
  const resolver = new Resolver({ stores, env: io.env, baseDir: config.dir })
  const where = (field: string): string => {
    const { line, col } = server.fieldPosition(field)
    return `${config.file}:${line}:${col}`
  }
  try {
    const wanted = remoteRequests({ ...spec, headers: new Map() })
    const { fields, problems } = await resolver.resolve(server.id, wanted)
    const [problem] = problems
    if (problem !== undefined) {
      const { field, message, hint } = problem
      throw new SidemuxError(`${where(field)}: ${message}`, hint === undefined ? {} : { hint })
    }
    return {
      url: urlOf(fields.get('url')?.value ?? '', server.id, { where }),
      clientSecret: fields.get('oauth.clientSecret')?.value,
      trust: () => readTrust(fields.get('caCert')?.value, { where }),
    }
  } finally {
    await resolver.close()
  }
}

function unknown(id: string, config: Config): SidemuxError {
  refuseElsewhere(id, config)
  refuseOdd(id, config)
  const remote = config.servers.filter(({ launch }) => launch.kind === 'remote').map((server) => server.id)
  const near = nearestName(id, remote)
  return new SidemuxError(`there is no server "${visibleLine(id)}"`, {
    hint:
      near === undefined
        ? remote.length === 0
          ? 'no server in servers.yaml has a "url"'
          : `those with a login can only be: ${remote.join(', ')}`
        : `did you mean "sidemux login ${near}"?`,
    exitCode: 2,
  })
}
