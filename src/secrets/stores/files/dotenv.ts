/**
 * A store that is a .env file. It is read anew for every resolution, so that an edit counts at the next start of a
 * server without restarting the host, and once for a whole batch.
 */
import { dirname, join } from 'node:path'
import { sha256 } from '../../../json/canonical.ts'
import { stateDir } from '../../../state/directory.ts'
import { LockBusy, withLock } from '../../../state/lock.ts'
import { strayLines, parseDotenv, sayStrayLines } from '../../text/dotenv-text.ts'
import { pickField } from '../../text/json-field.ts'
import { nearestName } from '../../../nearest.ts'
import type { StoreOptions } from '../options.ts'
import { readText, resolvePath } from '../../text/read-text.ts'
import { replaceFile } from '../../../state/replace.ts'
import { asStoreError, failure, StoreError, type StoreAnswer, type StoreReference } from '../../store.ts'
import type { Settings } from '../settings.ts'
import { watchDirectories } from '../shared/watch-directory.ts'
import type { WritableStore } from '../writable.ts'

const LOCK = { waitMs: 8000, staleMs: 4000 }

export async function openDotenv(
  options: Extract<StoreOptions, { type: 'dotenv' }>,
  settings: Settings,
): Promise<WritableStore> {
  const { alias, context } = settings
  const file = resolvePath(await settings.withEnvironment('path', options.path), context.baseDir)

  const read = async (): Promise<string> => readText(file)

  function pick(text: string, values: ReadonlyMap<string, string>, reference: StoreReference): StoreAnswer {
    const { path, field } = reference
    const value = values.get(path)
    if (value !== undefined) return pickField(value, field, `${alias}:${path}`)
    const near = nearestName(path, values.keys())
    const stray = sayStrayLines(strayLines(text))
    return failure('not_found', `${file} has no ${path}${stray === undefined ? '' : `; ${stray}`}`, {
      hint:
        near === undefined
          ? `add a line ${path}=… to it`
          : `did you mean ${near}? or add a line ${path}=… to it`,
    })
  }

  return {
    type: 'dotenv',
    validate: ({ path }) => (/^[^\s=#/]+$/.test(path) ? [] : [`"${path}" is not a key of a .env file`]),
    async resolve(references) {
      try {
        const text = await read()
        const values = parseDotenv(text, file)
        return references.map((reference) => pick(text, values, reference))
      } catch (error) {
        const failed: StoreAnswer = { ok: false, error: asStoreError(error, `${file} can't be read`) }
        return references.map(() => failed)
      }
    },
    nameFor: (name) => name.replace(/\W/g, '_').toUpperCase(),
    put: (path, value) =>
      alone(file, stateDir(context.env), async () => {
        const before = await read().catch((error: unknown) => {
          if (error instanceof StoreError && error.code === 'not_found') return ''
          throw error
        })
        const after = withLine(before, path, value, file)
        if (after !== undefined) return after
        throw new StoreError('invalid_reference', `a .env file can't hold that value as ${path}`, {
          hint: 'choose another store with --to',
        })
      }),
    watch(references, onChange, onLook) {
      return watchDirectories({
        directories: [dirname(file)],
        items: [...new Set(references.map(({ path }) => path))],
        async read(path) {
          const text = await readText(file)
          const answer = pick(text, parseDotenv(text, file), { path })
          if (answer.ok) return answer.value
          throw answer.error
        },
        onChange,
        onLook,
        intervalMs: context.pollMs,
      })
    },
    filesInClear: () => [file],
    close: () => Promise.resolve(),
  }
}

/** Puts what `edit` makes in the place of the file; one sidemux at a time, by a lock in the state directory. */
async function alone(file: string, state: string, edit: () => Promise<string>): Promise<void> {
  const room = join(state, 'dotenv')
  try {
    await withLock(join(room, sha256(file).slice(0, 16)), LOCK, async (held) => {
      const after = await edit()
      held.check()
      await replaceFile(file, after)
    })
  } catch (error) {
    if (!(error instanceof LockBusy)) throw error
    throw new StoreError('unavailable', `${error.holder} is writing ${file}`, {
      hint: 'try again when it is done',
    })
  }
}

/**
 * The text with a line more, by the first way of quoting that reads back as the same value and leaves all others as
 * they are. The format knows no escapes but line breaks in double quotes, so for some values there is none.
 */
function withLine(before: string, name: string, value: string, file: string): string | undefined {
  const gap = before === '' || before.endsWith('\n') ? '' : '\n'
  const wanted = new Map(parseDotenv(before, file)).set(name, value)
  const bare = /^[\w.@%+=:,/-]+$/.test(value) ? [''] : []
  return [...bare, "'", '"', '`']
    .map((mark) => `${before}${gap}${name}=${mark}${value}${mark}\n`)
    .find((after) => isEqual(parseDotenv(after, file), wanted))
}

function isEqual(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value)
}
