import type { Counts } from './counting.mjs'

/** Where that is of the sidecar which it takes, below dist/. */
export const MODULES: readonly string[]
/** Of each call, by its name in CALLS. @param modules what it takes of the sidecar, built or as sources */
export function costs(modules: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, Counts>>>
