/** Settings of a `vault` store. */
import { z } from 'zod'
import { pollOption, prefixOption } from '../shared/options.ts'

const text = (about: string): z.ZodString => z.string().describe(about)

const token = z
  .strictObject({
    method: z
      .literal('token')
      .describe('A token that you give; it is renewed where it can be, and not revoked.'),
    token: text('A reference, e.g. "${env:VAULT_TOKEN}" or "${file:~/.vault-token}".'),
  })
  .describe('A given token.')

const appRole = z
  .strictObject({
    method: z.literal('approle').describe('AppRole: a role id and a secret id.'),
    roleId: text('Usually a reference, e.g. "${env:VAULT_ROLE_ID}".'),
    secretId: text('Usually a reference; leave it out for a role without one.').optional(),
    mount: text('Where the method is mounted. Default approle.').optional(),
  })
  .describe('AppRole.')

const kubernetes = z
  .strictObject({
    method: z.literal('kubernetes').describe('The service account of the pod that sidemux runs in.'),
    role: text('The role at the auth method.'),
    tokenPath: text(
      'File with the service account token. Default /var/run/secrets/kubernetes.io/serviceaccount/token.',
    ).optional(),
    mount: text('Where the method is mounted. Default kubernetes.').optional(),
  })
  .describe('Kubernetes.')

const jwt = z
  .strictObject({
    method: z.literal('jwt').describe('A JWT of a provider that Vault trusts.'),
    role: text('The role at the auth method.'),
    jwt: text('A reference that is read at each login, e.g. "${file:/run/id-token}".'),
    mount: text('Where the method is mounted. Default jwt.').optional(),
  })
  .describe('JWT or OIDC.')

export const vaultOptions = z
  .strictObject({
    type: z.literal('vault').describe('HashiCorp Vault or OpenBao.'),
    address: text('Base URL, e.g. https://vault.example.com:8200 or "${env:VAULT_ADDR}".'),
    namespace: text('Namespace of Vault Enterprise, HCP or OpenBao; {environment} is replaced.').optional(),
    mount: text('Where the KV engine is mounted. Default secret; {environment} is replaced.').optional(),
    kvVersion: z
      .union([z.literal(1), z.literal(2)])
      .optional()
      .describe('Version of that KV engine. Vault is asked when it is left out.'),
    auth: z.discriminatedUnion('method', [token, appRole, kubernetes, jwt]).describe('How sidemux logs in.'),
    caCert: text(
      "PEM file of your certificate authority, trusted beside Node's; relative to servers.yaml.",
    ).optional(),
    prefix: prefixOption,
    poll: pollOption,
  })
  .describe('Secrets of a KV engine, and leases of database and other dynamic engines.')

export type VaultOptions = z.output<typeof vaultOptions>
