/** The version of this package, read from its package.json so that it is written in one place. */
import { readFileSync } from 'node:fs'

const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')

export const version: string = String((JSON.parse(text) as { version?: unknown }).version)
