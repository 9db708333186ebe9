/**
 * Each reference of a server to a secret, and where its value is on this machine anyway (environment, .env files,
 * secret files) the value, which the caller compares and forgets. A program is never run and nobody is asked, so
 * of other stores there is only the reference.
 */
import type { Secret } from '../../secrets/secret.ts'
import { declaredAliases } from '../../secrets/stores/identity.ts'
import { references, type ReferencePart } from '../../secrets/reference.ts'
import { Resolver } from '../../secrets/resolve/resolve.ts'
import { openStores } from '../../secrets/stores/index.ts'
import type { Config, ServerConfig } from '../../config/config.ts'

export interface LocalUse {
  readonly server: ServerConfig
  /** `env.TOKEN` */
  readonly field: string
  readonly part: ReferencePart
  /** The store's alias, or `env`, `file`, `lease`. */
  readonly store: string
  readonly length?: 'empty' | 'short' | 'ok'
  readonly value?: Secret
}

const LOCAL: ReadonlySet<string> = new Set(['env', 'dotenv', 'file'])

export async function localUses(config: Config, env: NodeJS.ProcessEnv): Promise<readonly LocalUse[]> {
  const aliases = declaredAliases(config.stores.keys())
  const local = [...config.stores].filter(([alias, { type }]) => aliases.includes(alias) && LOCAL.has(type))
  const context = { environment: config.environment, baseDir: config.dir, env }
  const stores = await openStores(new Map(local), context)
  const resolver = new Resolver({ stores, env, baseDir: config.dir })
  try {
    return (await Promise.all(config.servers.map(async (server) => usesOf(server, resolver)))).flat()
  } finally {
    await resolver.close()
  }
}

async function usesOf(server: ServerConfig, resolver: Resolver): Promise<readonly LocalUse[]> {
  const { launch } = server
  const [kind, templates] = launch.kind === 'remote' ? ['headers', launch.headers] : ['env', launch.env]
  const parts = [...templates].flatMap(([name, template]) =>
    references(template).map((part) => ({ field: `${kind}.${name}`, part })),
  )
  // Each on its own, so that each has a value.
  const { fields, uses } = await resolver.resolve(
    server.id,
    parts.map(({ field, part }, at) => ({
      field: named(at, field),
      template: { source: part.text, parts: [part] },
    })),
  )
  const useAt = new Map(uses.map((use) => [use.field, use]))
  return parts.flatMap((part, at) => {
    const name = named(at, part.field)
    const { length, store = '', plain } = useAt.get(name) ?? {}
    // What is no secret may be short, and everybody's.
    if (plain) return []
    const value = fields.get(name)?.secrets[0]
    return {
      ...part,
      server,
      store,
      ...(length === undefined ? {} : { length }),
      ...(value === undefined ? {} : { value }),
    }
  })
}

/** A field of its own for each use, which ends in the variable's name. */
function named(at: number, field: string): string {
  return `${at}.${field.slice(field.indexOf('.') + 1)}`
}
