export interface Share {
  readonly queries: number
  readonly hit1: number
  readonly hit3: number
}

export interface SearchQuality {
  readonly all: Share
  readonly tuned: Share
  readonly held: Share
  readonly missed: readonly {
    query: string
    right: string[]
    found: readonly string[]
    half: 'tuned' | 'held'
  }[]
}

export function storedCatalog(): readonly {
  readonly server: string
  readonly tool: { readonly name: string; readonly inputSchema: Record<string, unknown> }
}[]

/** @param find names as `server/tool`, the best first */
export function quality(find: (query: string) => readonly string[]): SearchQuality
