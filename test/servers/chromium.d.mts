import type { Browser, Page } from 'playwright-core'

export const NO_BROWSER: string
/** Undefined: none is installed. */
export const BROWSER: string | undefined
export function emptied(tab: Page): Promise<void>
export function startBrowser(): Promise<Browser>
