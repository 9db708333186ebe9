/** The changes between what a server wrote and what a host is shown, as `sidemux tools` lists them. */
export interface Edit {
  readonly what: 'renamed' | 'repaired' | 'loosened' | 'stricter' | 'masked' | 'left out' | 'held back'
  /** Of the definition, e.g. `inputSchema`; `all of it` where it isn't listed. */
  readonly part: string
  /** In our words; ends a sentence. */
  readonly why: string
}

export const ALL = 'all of it'

export function leftOut(why: string): Edit {
  return { what: 'left out', part: ALL, why }
}

/** Why a definition isn't listed; undefined where it is, or only rules say so. */
export function whyLeftOut(edits: readonly Edit[]): string | undefined {
  return edits.find(({ what, part }) => what === 'left out' && part === ALL)?.why
}
