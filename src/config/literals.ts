/**
 * Secrets that stand in servers.yaml in plain. They are masked like any other (promise 3), unless they are too short
 * for it; either way they are better kept in a store, and `check` says so without showing them.
 */
import { looksSecret } from '../secrets/names.ts'
import { references, type Template } from '../secrets/reference.ts'
import { MIN_MASKABLE_LENGTH } from '../secrets/secret.ts'
import type { ServerConfig } from './config.ts'
import { showKey, type Mark } from './problem.ts'

export const TOO_SHORT = `too short to mask: text of fewer than ${MIN_MASKABLE_LENGTH} characters is found everywhere`
export const TOO_SHORT_HINT =
  'replace it by a longer secret where it was made; it may show up in results and logs'

const MOVE = 'move it to a store, or to the environment, and refer to it: ${store:path} or ${env:NAME}'

export function literalSecrets(server: ServerConfig): readonly Mark[] {
  const { launch } = server
  if (launch.kind === 'remote') return inVariables(server, 'headers', launch.headers)
  return [...inVariables(server, 'env', launch.env), ...inArgs(server, launch.args)]
}

function inVariables(
  server: ServerConfig,
  field: 'env' | 'headers',
  templates: ReadonlyMap<string, Template>,
): readonly Mark[] {
  return [...templates].flatMap(([name, template]) => {
    const text = literal(template)
    const secret = text === undefined ? undefined : plainSecret(name, text)
    if (secret === undefined) return []
    const { value } = secret
    const at = server.fieldPosition(`${field}.${name}`)
    if (value.length < MIN_MASKABLE_LENGTH) {
      return [warning(at, `${showKey(name)} is ${TOO_SHORT}`, TOO_SHORT_HINT)]
    }
    return [warning(at, `${showKey(name)} is a secret in plain text`, MOVE)]
  })
}

/** The secret that a variable or header holds in plain, and what stands before it (`Bearer `); undefined for none. */
export function plainSecret(name: string, text: string): { value: string; prefix: string } | undefined {
  const [prefix = ''] = /^(Bearer|Basic|Token)\s+/i.exec(text) ?? []
  const value = text.slice(prefix.length)
  return looksSecret(name) && !isSwitch(value) ? { value, prefix } : undefined
}

/** `--api-key=…`, or `--api-key` and the next argument. */
function inArgs(server: ServerConfig, args: readonly Template[]): readonly Mark[] {
  return args.flatMap((template, index) => {
    const before = literal(args[index - 1])
    const text = literal(template) ?? ''
    const [, name, value] =
      /^--?([\w-]+)=(.+)$/s.exec(text) ?? (before?.startsWith('-') === true ? [text, before, text] : [])
    if (name === undefined || value === undefined || /^-|^$/.test(value) || isSwitch(value)) return []
    if (!looksSecret(name)) return []
    const message = `${showKey(name.replace(/^-+/, ''))} is a secret in plain text, and others can read a command line`
    return [
      warning(
        server.fieldPosition(`args.${index}`),
        message,
        'pass it in `env:` if the server can take it from there',
      ),
    ]
  })
}

function literal(template: Template | undefined): string | undefined {
  if (template === undefined || references(template).length > 0) return undefined
  return template.parts.map((part) => part.text).join('')
}

/** `USE_TOKEN: true` holds no token. */
function isSwitch(value: string): boolean {
  return /^(true|false|yes|no|on|off)?$/i.test(value.trim())
}

function warning(at: { line: number; col: number }, message: string, hint: string): Mark {
  return { ...at, severity: 'warning', message, hint }
}
