/** The version of this package, read from its package.json so that it is written in one place; the bundle has it in it. */
import { readFileSync } from 'node:fs'

const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')

export const version: string = String((JSON.parse(text) as { version?: unknown }).version)

/** Another one for any other code, also of the same version: tools/bundling.mjs writes it. */
export const build: string = 'not bundled'
