/** 1Password: `op read op://vault/item/[section/]field`. `${op:vault/item#field}` is the same as `${op:vault/item/field}`. */
import type { Store, StoreReference } from '../../store.ts'
import type { OpOptions } from './op.options.ts'
import { openPreset } from './preset.ts'
import type { Settings } from '../settings.ts'

const INHERITS = ['OP_ACCOUNT', 'OP_CONFIG_DIR', 'OP_BIOMETRIC_UNLOCK_ENABLED']

export async function openOp(options: OpOptions, settings: Settings): Promise<Store> {
  const account =
    options.account === undefined ? [] : ['--account', await settings.text('account', options.account)]
  const token = options.token === undefined ? undefined : await settings.text('token', options.token)
  return openPreset(
    {
      type: 'op',
      program: 'op',
      failing: 'unlock 1Password or check token: of the store, and that vault, item and field exist',
      inherits: INHERITS,
      variables: token === undefined ? {} : { OP_SERVICE_ACCOUNT_TOKEN: token },
      validate(reference) {
        const parts = place(reference).split('/')
        return parts.length >= 3 && parts.every((part) => part !== '')
          ? []
          : [`"${reference.path}" is not vault/item/field; write \${${settings.alias}:vault/item/field}`]
      },
      args: (reference) => ['read', '--no-newline', ...account, `op://${place(reference)}`],
      take: (output) => ({ ok: true, value: output }),
    },
    options,
    settings,
  )
}

function place({ path, field }: StoreReference): string {
  const within = path.replace(/^op:\/\//, '')
  return field === undefined ? within : `${within}/${field}`
}
