/** The embedded store: what `sidemux secrets set` keeps on this machine. `${local:NAME#field}` reads a JSON field. */
import { stateDir } from '../../../state/directory.ts'
import { pickField } from '../../text/json-field.ts'
import { nearestName } from '../../../nearest.ts'
import { asStoreError, StoreError, type StoreAnswer, type StoreReference } from '../../store.ts'
import type { LocalEntries } from './book.ts'
import type { LocalOptions } from './options.ts'
import { LocalSecrets, NAME } from './secrets.ts'
import type { Settings } from '../settings.ts'
import { watchDirectories } from '../shared/watch-directory.ts'
import type { WritableStore } from '../writable.ts'

export function openLocal(_options: LocalOptions, settings: Settings): WritableStore {
  const { alias, context } = settings
  const secrets = new LocalSecrets(stateDir(context.env))

  async function read(
    entries: LocalEntries,
    { path, field }: StoreReference,
    signal: AbortSignal,
  ): Promise<StoreAnswer> {
    const entry = entries.get(path)
    if (entry === undefined) return { ok: false, error: missing(path, entries) }
    try {
      return pickField(await secrets.value(path, entry, signal), field, `${alias}:${path}`, entry.updatedAt)
    } catch (error) {
      return { ok: false, error: asStoreError(error, `"${path}" can't be read`) }
    }
  }

  return {
    type: 'local',
    validate: ({ path }) =>
      NAME.test(path) ? [] : [`"${path}" can't be a name: letters, digits and _ . / - only`],
    async resolve(references, { signal }) {
      try {
        const entries = secrets.entries()
        return await Promise.all(references.map((reference) => read(entries, reference, signal)))
      } catch (error) {
        const failed: StoreAnswer = {
          ok: false,
          error: asStoreError(error, "the local secrets can't be read"),
        }
        return references.map(() => failed)
      }
    },
    async put(path, value, signal) {
      if (!NAME.test(path))
        throw new StoreError('invalid_reference', `"${path}" can't be a name of a local secret`)
      await secrets.set(path, value, undefined, signal)
    },
    watch(references, onChange, onLook) {
      return watchDirectories({
        directories: [],
        watches: [(onEvent) => secrets.watch(onEvent)],
        items: [...new Set(references.map(({ path }) => path))],
        async read(path) {
          const entries = secrets.entries()
          return entries.get(path)?.updatedAt ?? Promise.reject(missing(path, entries))
        },
        onChange,
        onLook,
        intervalMs: context.pollMs,
      })
    },
    close: () => Promise.resolve(),
  }
}

function missing(path: string, entries: LocalEntries): StoreError {
  const near = nearestName(path, entries.keys())
  const hint = `run: sidemux secrets set ${path}`
  return new StoreError('not_found', `no secret "${path}" was set on this machine`, {
    hint: near === undefined ? hint : `did you mean ${near}? or ${hint}`,
  })
}
