/**
 * Vault's policy in HCL. Paths are exact: a `*` at a path's end and a `+` at a part's beginning stand for more than
 * themselves, so they are refused. Leases are renewed and revoked by an id in the request's body, which is held to
 * the role's own ids by `allowed_parameters`.
 */
import { SidemuxError } from '../../../errors.ts'
import type { VaultOptions } from '../../stores/vault/options.ts'
import { checkVaultPath } from '../../stores/vault/http.ts'
import { showStore, type Need, type WantedSecret } from '../needs.ts'
import { exactly, fieldNote, type Policy } from '../policy.ts'

export function vaultPolicy(need: Need<VaultOptions>): Policy {
  const { options, reads, leases, setting } = need
  const mount = setting('mount', options.mount ?? 'secret').replace(/^\/+|\/+$/g, '')
  const below = (wanted: WantedSecret): string =>
    exactly(need, wanted, (path) => checkVaultPath('store', path)[0])
  const named = (path: string, wanted: WantedSecret): string => exactly(need, { ...wanted, path }, wildcard)
  const infix = reads.length === 0 ? '' : infixOf(need)
  const secrets = reads.map((wanted) => named(`${mount}${infix}${below(wanted)}`, wanted))
  const roles = leases.map((wanted) => named(roleOf(need, wanted), wanted))
  const own = ['lookup', 'renew', ...(options.auth.method === 'token' ? [] : ['revoke'])]
  const blocks = [
    ...[...secrets, ...roles].map((path) => block(path, 'read')),
    ...(roles.length === 0 ? [] : leaseBlocks(roles)),
    ...own.map((what) => block(`auth/token/${what}-self`, what === 'lookup' ? 'read' : 'update')),
  ]
  const namespace = options.namespace === undefined ? [] : [setting('namespace', options.namespace)]
  return {
    policy: blocks.join('\n'),
    notes: [
      ...namespace.map((name) => `for the namespace ${JSON.stringify(name)}`),
      ...fieldNote(reads),
      ...(roles.length === 0
        ? []
        : [
            "Vault's policy default lets a token renew any lease; a role with token_no_default_policy does without",
          ]),
    ],
  }
}

/** Which of the two paths it is can't be guessed: the other one may be the path of another secret. */
function infixOf({ options, store, server }: Need<VaultOptions>): string {
  if (options.kvVersion === 1) return ''
  if (options.kvVersion === 2) return '/data'
  throw new SidemuxError(
    `the path of a secret at store ${showStore(store)} depends on the version of its KV engine, which the store doesn't say (needed for ${server})`,
    {
      hint: 'write kvVersion: 2 (or 1) into the store; "vault secrets list -detailed" shows it',
      exitCode: 2,
    },
  )
}

function roleOf(need: Need, wanted: WantedSecret): string {
  const path = wanted.path.startsWith('/') ? wanted.path : `/${wanted.path}`
  return exactly(need, { ...wanted, path }, notARole).slice(1)
}

function notARole(path: string): string | undefined {
  if (/^\/.+\/creds\/[^/]+$/.test(path)) return checkVaultPath('store', path)[0]
  return 'it is not the path of a dynamic secret, /mount/creds/role'
}

function wildcard(path: string): string | undefined {
  if (path.includes('*')) return 'it holds a *, which in a policy stands for anything'
  return path.split('/').some((part) => part.startsWith('+'))
    ? 'it has a part that begins with +, which in a policy stands for any part'
    : undefined
}

function leaseBlocks(roles: readonly string[]): readonly string[] {
  const ids = roles.map((role) => quote(`${role}/*`)).join(', ')
  const block = (what: string, more: readonly string[]): string =>
    [
      `path ${quote(`sys/leases/${what}`)} {`,
      '  capabilities = ["update"]',
      '  required_parameters = ["lease_id"]',
      '  allowed_parameters = {',
      ...[`"lease_id" = [${ids}]`, ...more.map((name) => `${quote(name)} = []`)].map((line) => `    ${line}`),
      '  }',
      '}',
      '',
    ].join('\n')
  return [block('lookup', []), block('renew', ['increment']), block('revoke', ['sync'])]
}

function block(path: string, capability: string): string {
  return `path ${quote(path)} {\n  capabilities = [${quote(capability)}]\n}\n`
}

/** HCL escapes as JSON does; line breaks and braces were refused before. */
function quote(text: string): string {
  return JSON.stringify(text)
}
