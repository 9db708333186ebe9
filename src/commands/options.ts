/** The options that several verbs share, and functions to read the values that parseArgs found. */
import type { ParseArgsConfig } from 'node:util'
import { SidemuxError } from '../errors.ts'
import { LOG_LEVELS, type LogLevel } from '../log-levels.ts'
import { SURFACE_MODES } from '../surface/modes.ts'
import type { ConfigVerbOptions } from './common/choice.ts'
import type { Io } from './io.ts'

export const CONFIG = { config: { type: 'string' } } as const
export const CHOICE = { ...CONFIG, environment: { type: 'string' }, profile: { type: 'string' } } as const
export const LOG = { 'log-level': { type: 'string' } } as const
export const JSON_OPTION = { json: { type: 'boolean' } } as const

export type Options = NonNullable<ParseArgsConfig['options']>
export type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>

/** Those of the named texts that were given. */
export function texts<Name extends string>(
  values: Values,
  ...names: readonly Name[]
): { [name in Name]?: string } {
  const given: { [name in Name]?: string } = {}
  for (const name of names) {
    const value = values[name]
    if (typeof value === 'string') given[name] = value
  }
  return given
}

export function choice(values: Values): ConfigVerbOptions {
  const { config, ...rest } = texts(values, 'config', 'environment', 'profile')
  return { ...rest, ...(config === undefined ? {} : { path: config }) }
}

/** How much the host is listed, where that was said. @throws SidemuxError for another word */
export function surfaceChoice(values: Values): Pick<ConfigVerbOptions, 'surface'> {
  const asked = texts(values, 'surface').surface
  if (asked === undefined) return {}
  const surface = SURFACE_MODES.find((mode) => mode === asked)
  if (surface === undefined) throw usage('there is no such surface', `use ${SURFACE_MODES.join(' or ')}`)
  return { surface }
}

/** @throws SidemuxError when there is no such level. */
export function logLevel(values: Values, io: Io, otherwise: LogLevel): LogLevel {
  const asked = texts(values, 'log-level')['log-level'] ?? io.env['SIDEMUX_LOG']
  if (asked === undefined || asked === '') return otherwise
  const level = LOG_LEVELS.find((candidate) => candidate === asked)
  if (level === undefined) throw usage('there is no such log level', `use one of ${LOG_LEVELS.join(', ')}`)
  return level
}

export function usage(message: string, hint: string): SidemuxError {
  return new SidemuxError(message, { hint, exitCode: 2 })
}
