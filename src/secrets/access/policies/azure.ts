/** Azure: a role assignment for each secret, as commands. Names are letters, digits and -, so a quoted one is safe. */
import type { AzureKvOptions } from '../../stores/azure/options.ts'
import { checkVersioned, parseVersioned } from '../../stores/shared/versioned.ts'
import { aliasOf } from '../../stores/identity.ts'
import type { Need } from '../needs.ts'
import { exactly, fieldNote, type Policy } from '../policy.ts'
import { parsedUrl } from '../../../parsed-url.ts'

const NAME = /^[0-9A-Za-z-]{1,127}$/

export function azurePolicy(need: Need<AzureKvOptions>): Policy {
  const { options, reads, setting } = need
  const vault = vaultName(setting('vaultUrl', options.vaultUrl))
  const parent = `/subscriptions/<subscription-id>/resourceGroups/<resource-group>/providers/Microsoft.KeyVault/vaults/${vault}`
  const names = reads.map((wanted) => {
    const wrong = (path: string): string | undefined =>
      checkVersioned(path, aliasOf(need.store), NAME, { version: /^[0-9A-Za-z]{1,64}$/ })[0]
    return parseVersioned(exactly(need, wanted, wrong)).name
  })
  const commands = [...new Set(names)].map(
    (name) =>
      `az role assignment create --assignee '<object-id>' --role 'Key Vault Secrets User' --scope '${parent}/secrets/${name}'\n`,
  )
  return {
    policy: commands.join(''),
    notes: [
      'for a vault with Azure role-based access control; access policies, the older model, know no single secrets',
      ...fieldNote(reads),
      ...(reads.some(({ path }) => parseVersioned(path).version !== undefined)
        ? ['Azure knows no rights for one version: all versions of the secret can be read']
        : []),
    ],
  }
}

function vaultName(url: string): string {
  const host = parsedUrl(url)?.hostname ?? ''
  const [, name = '<vault-name>'] =
    /^([a-z0-9-]{3,24})\.vault\.(?:azure\.net|azure\.cn|usgovcloudapi\.net)$/.exec(host) ?? []
  return name
}
