/** The slice of servers.yaml that says how much of the catalog a host is listed: `surface`. */
import { z } from 'zod'
import { validateGlob } from '../policy/glob.ts'
import { SURFACE_MODES, type SurfaceMode } from './modes.ts'

const surfaceMode = z.enum(SURFACE_MODES)

const keptPattern = z
  .string()
  .min(1)
  .max(300)
  .superRefine((pattern, context) => {
    const problem = validateGlob(pattern)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  })

export const surfaceOption = z
  .union(
    [
      surfaceMode,
      z.strictObject({
        mode: surfaceMode,
        keep: z
          .array(keptPattern)
          .optional()
          .describe(
            "With search, what is listed all the same: SERVER or SERVER/TOOL, as globs over the id and the server's own tool name.",
          ),
      }),
    ],
    'expected all, search, or a mapping with mode and keep',
  )
  .describe(
    'How much a host is listed: all tools, or search: one tool that searches the others and one that calls them. Default all.',
  )

export interface SurfaceRules {
  readonly mode: SurfaceMode
  readonly keep: readonly string[]
}

/** The one that is nearest to the host counts: the command line, then the profile, then the file. What is kept stays. */
export function surfaceRules(
  given: z.output<typeof surfaceOption> | undefined,
  ofProfile: z.output<typeof surfaceOption> | undefined,
  asked: SurfaceMode | undefined,
): SurfaceRules {
  const [file, profile] = [given, ofProfile].map((option) =>
    typeof option === 'string' ? { mode: option } : option,
  )
  return {
    mode: asked ?? profile?.mode ?? file?.mode ?? 'all',
    keep: profile?.keep ?? file?.keep ?? [],
  }
}
