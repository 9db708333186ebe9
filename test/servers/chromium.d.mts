import type { Browser } from 'playwright-core'

export const NO_BROWSER: string
/** Undefined: none is installed. */
export const BROWSER: string | undefined
export function startBrowser(): Promise<Browser>
