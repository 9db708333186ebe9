/** Asks npm who published a version, and whether the registry has a statement of how it was built (docs of npm, "provenance"). */
import { z } from 'zod'
import { runInstaller } from '../run-installer.ts'

export interface Provenance {
  readonly publisher?: string
  readonly isAttested: boolean
  /** Where its source is, by its own word. */
  readonly repository?: string
}

const text = z.string().max(512)
const shown = z.looseObject({
  _npmUser: z
    .union([text, z.looseObject({ name: text })])
    .optional()
    .catch(undefined),
  repository: z
    .union([text, z.looseObject({ url: text })])
    .optional()
    .catch(undefined),
  dist: z
    .looseObject({ attestations: z.looseObject({ provenance: z.unknown().optional() }).optional() })
    .optional()
    .catch(undefined),
})

export interface ProvenanceOrder {
  readonly npm: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly options: readonly string[]
  readonly signal: AbortSignal
}

/** Undefined where the registry doesn't say it. @param spec `name@version` */
export async function provenanceOf(spec: string, order: ProvenanceOrder): Promise<Provenance | undefined> {
  const { npm, cwd, env, options, signal } = order
  const args = ['view', '--json', '--no-update-notifier', '--fetch-retries=1', ...options, '--', spec]
  const { ok, out } = await runInstaller({ program: npm, args, cwd, env, signal })
  if (!ok) return undefined
  try {
    const found = shown.safeParse(JSON.parse(out)).data
    if (found === undefined) return undefined
    const { _npmUser: user, repository, dist } = found
    // npm view writes "name <address>".
    const publisher = (typeof user === 'string' ? user : user?.name)?.replace(/\s*<.*$/, '')
    const url = typeof repository === 'string' ? repository : repository?.url
    return {
      ...(publisher !== undefined && { publisher }),
      ...(url !== undefined && { repository: url }),
      isAttested: dist?.attestations !== undefined,
    }
  } catch {
    return undefined
  }
}
