/**
 * Infisical's additional privilege of a machine identity, whose `permissions` fit a custom role too. Conditions are
 * `$eq` and `$in`, in which no character stands for more than itself; `{{…}}` would be filled in and was refused.
 */
import type { InfisicalOptions } from '../../stores/infisical/options.ts'
import { checkPath, splitPath } from '../../stores/infisical/answers.ts'
import type { Need, WantedSecret } from '../needs.ts'
import { exactly, fieldNote, type Policy } from '../policy.ts'

export function infisicalPolicy(need: Need<InfisicalOptions>): Policy {
  const { server, store, options, setting } = need
  const { auth } = options
  const place = (wanted: WantedSecret): ReturnType<typeof splitPath> => {
    const path = wanted.path.startsWith('/') ? wanted.path : `/${wanted.path}`
    return splitPath(exactly(need, { ...wanted, path }, (path) => checkPath('store', path)[0]))
  }
  const fixed = (key: string, source: string): string =>
    exactly(need, { written: `the ${key} of the store`, path: setting(key, source) }, () => undefined)
  const environment = { $eq: fixed('environment', options.environment) }
  const folders = new Map<string, Set<string>>()
  for (const { folder, key } of need.reads.map(place))
    folders.set(folder, (folders.get(folder) ?? new Set()).add(key))
  const leaseFolders = new Set(need.leases.map((wanted) => place(wanted).folder))
  const secrets = [...folders].map(([folder, names]) => ({
    subject: 'secrets',
    action: ['describeSecret', 'readValue'],
    conditions: { environment, secretPath: { $eq: folder }, secretName: anyOf([...names]) },
  }))
  const dynamic = [...leaseFolders].map((folder) => ({
    subject: 'dynamic-secrets',
    action: ['lease'],
    conditions: { environment, secretPath: { $eq: folder } },
  }))
  return {
    policy: {
      identityId: 'identityId' in auth ? fixed('identityId', auth.identityId) : '<identity-id>',
      projectId: fixed('projectId', options.projectId),
      slug: `sidemux-${server}-${store.replace('@', '-')}`,
      type: { isTemporary: false },
      permissions: [...secrets, ...dynamic],
    },
    notes: [
      'the body of POST /api/v2/identity-project-additional-privilege; it adds to the role that the identity has in the project, which should be No Access',
      ...fieldNote(need.reads),
      ...(secrets.length === 0
        ? []
        : [
            'a secret that is imported, or that a value refers to, needs a permission for the place it comes from',
          ]),
      ...(dynamic.length === 0
        ? []
        : [
            'Infisical gives leases by folder: put a dynamic secret that others need into a folder of its own',
          ]),
    ],
  }
}

function anyOf(names: readonly string[]): Record<string, unknown> {
  return names.length === 1 ? { $eq: names[0] } : { $in: names }
}
