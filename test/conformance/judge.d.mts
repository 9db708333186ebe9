export interface Check {
  readonly status: string
  readonly message?: string
}

export type Results = ReadonlyMap<string, ReadonlyMap<string, Check>>

export interface Verdict {
  readonly rows: readonly {
    readonly scenario: string
    readonly passed: number
    readonly total: number
    readonly ok: boolean
    readonly why: string
  }[]
  readonly unexpected: readonly {
    readonly check: string
    readonly status: string
    readonly message: string
  }[]
  readonly stale: readonly string[]
}

export function judge(
  results: Results,
  straight: Results | undefined,
  expected: Readonly<Record<string, string>>,
): Verdict
