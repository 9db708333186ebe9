/**
 * Arguments that hand over a secret by the name that stands before it: `--api-key VALUE`, `--api-key=VALUE`,
 * `-e TOKEN=VALUE` of containers, `--header "Authorization: Bearer VALUE"` of bridges.
 */
import { looksSecret } from '../../secrets/names.ts'

export interface NamedArgument {
  /** Without its dashes. */
  readonly name: string
  readonly value: string
}

/** `before` is the argument in front of it, if any. */
export function namedArgument(before: string | undefined, argument: string): NamedArgument | undefined {
  const [, name, value] =
    /^-{0,2}([\w.-]{1,64})=(.+)$/s.exec(argument) ??
    /^([\w-]{1,64}):\s*(?:(?:Bearer|Basic|Token)\s+)?(\S.*)$/is.exec(argument) ??
    (before?.startsWith('-') === true ? [argument, before.replace(/^-+/, ''), argument] : [])
  if (name === undefined || value === undefined || /^(-|\/\/)|^$/.test(value)) return undefined
  return looksSecret(name) && !isSwitch(value) ? { name: name.replace(/^-+/, ''), value } : undefined
}

/** `USE_TOKEN: true` holds no token. */
export function isSwitch(value: string): boolean {
  return /^(true|false|yes|no|on|off)?$/i.test(value.trim())
}
