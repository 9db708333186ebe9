import type { Browser, Page } from 'playwright-core'

export const NO_BROWSER: string
/** Undefined: none is installed. */
export const BROWSER: string | undefined
/** As a user has it, with windows. */
export const WHOLE_BROWSER: string | undefined
export function emptied(tab: Page): Promise<void>
export function startBrowser(executablePath?: string): Promise<Browser>
