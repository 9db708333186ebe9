interface Seen {
  readonly loot?: readonly string[]
  readonly changed?: readonly string[]
  readonly reached?: readonly string[]
  readonly failed?: string
  readonly said?: string
}
interface Attempt {
  readonly open?: string
  readonly storm?: boolean
  readonly shows?: string
}
export function outcomeOf(seen: Seen, attempt?: Attempt): string
export function counts(outcome: string): boolean
export function badness(outcome: string): number
export function tableOf(
  columns: readonly string[],
  rows: readonly { readonly id: string; readonly cells: readonly (string | undefined)[] }[],
): string
