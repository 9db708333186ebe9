/**
 * Says what `secrets check` can know about watching. It sees what a running sidecar would see, but not the sidecar
 * itself. With a reference that can't be read now no server starts, but a running one goes on. Some stores are not
 * watched at all.
 */
import type { SecretUse } from '../../secrets/resolve/resolve.ts'
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
