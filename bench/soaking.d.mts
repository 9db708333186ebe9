export interface Soaked {
  readonly right: number
  readonly failed: number
  readonly cancelled: number
  readonly strange: number
  readonly wrong: number
  readonly strangeProgress: number
  readonly unanswered: number
}
export function soakConfig(secret?: string): Readonly<Record<string, unknown>>
export function soak(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  options: { readonly calls: number; readonly inFlight?: number; readonly endsEvery: number },
): Promise<Soaked>
