/**
 * What `secrets check` can say of watching: it sees what a running sidecar would see, and not the sidecar. A reference that
 * can't be read now starts no server, while one that runs goes on; and some stores nobody looks at.
 */
import type { SecretUse } from '../../secrets/resolve.ts'
import type { Store } from '../../secrets/store.ts'

/** Their values are those of sidemux's own start. */
const FIXED: ReadonlySet<string> = new Set(['env'])

export function watchLines(
  uses: readonly SecretUse[],
  stores: ReadonlyMap<string, Pick<Store, 'type' | 'watch'>>,
): readonly string[] {
  const used = [...new Set(uses.map(({ store }) => store))].flatMap((name) => {
    const store = stores.get(name)
    return store === undefined ? [] : [{ name, store }]
  })
  const unread = used.filter(
    ({ name, store }) =>
      store.watch !== undefined && uses.some((use) => use.store === name && use.outcome !== 'ok'),
  )
  const unwatched = used.filter(
    ({ name, store }) =>
      store.watch === undefined &&
      !FIXED.has(store.type) &&
      uses.some((use) => use.store === name && use.outcome === 'ok'),
  )
  return [
    ...unread.map(
      ({ name }) =>
        `${name}: a server that runs goes on with the values it has, and gets a change once all of it can be read`,
    ),
    ...unwatched.map(
      ({ name }) =>
        `${name}: nobody looks whether a value has changed; poll: on the store makes sidemux look`,
    ),
  ]
}
