/**
 * Tells `sidemux check` of launches: which servers wait for a yes, and which packages run without a fixed version.
 * It looks into the book of trusted launches, and asks nobody.
 */
import type { Config } from '../../config/config.ts'
import { launchFactsOf } from '../../config/for-rooms.ts'
import type { Mark } from '../../config/problem.ts'
import { knownPackages } from '../../packages/known.ts'
import { stateDir } from '../../state/directory.ts'
import { TrustBook } from '../../trust/trust-book.ts'
import { whyItWaits } from '../../trust/waiting.ts'
import { unpinned } from '../../trust/words.ts'
import { visibleLine } from '../../visible.ts'

export async function launchMarks(config: Config, env: NodeJS.ProcessEnv): Promise<readonly Mark[]> {
  const state = stateDir(env)
  const book = new TrustBook(state, config.file)
  const packages = knownPackages(state, config.file)
  const marks = await Promise.all(
    config.servers.map(async (server): Promise<readonly Mark[]> => {
      const { id } = server
      const facts = await launchFactsOf(server, config, packages)
      const found = unpinned(facts)
      return [
        ...(found === undefined
          ? []
          : [
              {
                ...server.fieldPosition('args'),
                severity: 'warning' as const,
                message: found.what,
                hint: found.fix,
              },
            ]),
        ...waiting(server.position, id, () => book.standing({ id, facts }), config.trust),
      ]
    }),
  )
  return marks.flat()
}

/** Where anything was agreed to before: a file that never ran is no problem. */
function waiting(
  position: { readonly line: number; readonly col: number },
  id: string,
  standing: () => ReturnType<TrustBook['standing']>,
  mode: Config['trust'],
): readonly Mark[] {
  if (mode === 'off') return []
  try {
    const found = standing()
    if (found.kind === 'trusted' || (found.isNew && !found.denied)) return []
    const { reason } = whyItWaits({ id, ...found })
    return [
      { ...position, severity: 'warning', message: visibleLine(reason), hint: `run "sidemux trust ${id}"` },
    ]
  } catch {
    // A book that can't be read is said where it matters, when a server is to start.
    return []
  }
}
