export interface Guarantee {
  readonly promise: number
  readonly what: string
  readonly run: (call: unknown, result: unknown) => unknown
  readonly holds: () => Promise<boolean>
}
/** Where the rooms' exports that it takes are, below dist/. */
export const MODULES: readonly string[]
export function guarantees(
  modules: Readonly<Record<string, unknown>>,
  dir: string,
): Promise<{
  readonly list: readonly Guarantee[]
  readonly calls: (count: number) => readonly unknown[]
  readonly results: (count: number) => readonly unknown[]
  readonly end: () => Promise<void>
}>
