/** What visit.mjs found of one server by one way; only `down` where it didn't start. */
export interface Look {
  readonly down?: string
  readonly instructions?: string | null
  readonly capabilities?: object
  readonly lists?: Readonly<Record<'tools' | 'prompts' | 'resources' | 'templates', readonly object[]>>
  /** By call, as they came. */
  readonly answers?: Readonly<Record<string, object>>
}

/** Of `sidemux tools --json`. */
export interface Row {
  readonly kind: string
  readonly server: string
  readonly name: string
  readonly tool: string
  readonly verdict: string
  readonly reason?: string
  readonly edits: readonly { readonly what: string; readonly part: string; readonly why: string }[]
}

export interface Difference {
  readonly era: string
  readonly where: string
  /** Absent where nothing explains it. */
  readonly why?: string
}

export function compare(
  entry: { readonly name: string; readonly package: string; readonly version: string; readonly env?: object },
  seen: {
    readonly straight: Readonly<Record<string, Look>>
    readonly told: { readonly rows: readonly Row[]; readonly stderr: string }
    readonly through: Readonly<Record<string, Look>>
  },
  known: { readonly changing: readonly object[]; readonly expected: readonly object[] },
): { readonly differences: readonly Difference[] }
