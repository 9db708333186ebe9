/** Google Cloud: a binding on each secret, as commands; a version by number is held to by a condition. */
import type { GcpSmOptions } from '../../stores/gcp/options.ts'
import { checkVersioned, parseVersioned } from '../../stores/shared/versioned.ts'
import { aliasOf } from '../../stores/identity.ts'
import type { Need } from '../needs.ts'
import { exactly, fieldNote, type Policy } from '../policy.ts'

const NAME = /^[0-9A-Za-z_-]{1,255}$/
const ID = /^(<\w+>|[\w:.-]+)$/

export function gcpPolicy(need: Need<GcpSmOptions>): Policy {
  const { options, reads, setting } = need
  const id = (key: string, source: string): string =>
    exactly(need, { written: `the ${key} of the store`, path: setting(key, source) }, (path) =>
      ID.test(path) ? undefined : 'it is not one',
    )
  const project = id('project', options.project)
  const location = options.location === undefined ? '' : ` --location '${id('location', options.location)}'`
  const commands = reads.map((wanted) => {
    const wrong = (path: string): string | undefined =>
      checkVersioned(path, aliasOf(need.store), NAME, { version: /^[0-9A-Za-z_-]{1,63}$/ })[0]
    const { name, version } = parseVersioned(exactly(need, wanted, wrong))
    const condition = /^\d+$/.test(version ?? '')
      ? `title=version-${version},expression=resource.name.endsWith("/secrets/${name}/versions/${version}")`
      : 'None'
    return `gcloud secrets add-iam-policy-binding '${name}' --project '${project}'${location} --member '<member>' --role 'roles/secretmanager.secretAccessor' --condition '${condition}'\n`
  })
  return { policy: [...new Set(commands)].join(''), notes: [...fieldNote(reads)] }
}
