interface Kind {
  /** Relative to the state directory: the file that is locked, or one of those that are written. */
  readonly file: string
  change(state: string, who: number): Promise<void> | void
  /** Who of the writers 0 to 5 is there. */
  there(state: string): Promise<number[]> | number[]
}
export declare const KINDS: Readonly<Record<string, Kind>>
