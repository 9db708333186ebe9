interface Kind {
  /** Relative to the state directory: the file that is locked, or one of those that are written. */
  readonly file: string
  /** What its lock is called, where that isn't by `file`. */
  lock?(state: string): string
  /** What is there before, besides what is left over. */
  prepare?(state: string): void
  change(state: string, who: number): Promise<void> | void
  /** Who of the writers 0 to 5 is there. */
  there(state: string): Promise<number[]> | number[]
}
export declare const KINDS: Readonly<Record<string, Kind>>
