/**
 * A store that is a directory with one file a secret, as Docker and Kubernetes mount them. A reference never leaves
 * the directory: `..` and absolute paths are refused by their text, and symlinks by where they end. Kubernetes
 * links every file through `..data` to a dated directory beside it, so a link that stays inside is followed.
 */
import { realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import { systemErrorCode } from '../../../errors.ts'
import { pickField } from '../../text/json-field.ts'
import type { StoreOptions } from '../options.ts'
import { readText, resolvePath, trimFinalNewline } from '../../text/read-text.ts'
import { asStoreError, StoreError, type Store, type StoreAnswer, type StoreReference } from '../../store.ts'
import type { Settings } from '../settings.ts'
import { watchDirectories } from '../shared/watch-directory.ts'

export async function openFile(
  options: Extract<StoreOptions, { type: 'file' }>,
  settings: Settings,
): Promise<Store> {
  const { alias, context } = settings
  const directory = resolvePath(await settings.withEnvironment('path', options.path), context.baseDir)

  async function read({ path, field }: StoreReference): Promise<StoreAnswer> {
    try {
      const text = await readText(await locate(directory, path))
      return pickField(trimFinalNewline(text), field, `${alias}:${path}`)
    } catch (error) {
      return { ok: false, error: asStoreError(error, `${join(directory, path)} can't be read`) }
    }
  }

  return {
    type: 'file',
    validate({ path }) {
      if (isAbsolute(path) || /^([A-Za-z]:|[/\\])/.test(path)) {
        return [`"${path}" is absolute; write it relative to ${directory}, as in \${${alias}:name}`]
      }
      return path.split(/[/\\]/).includes('..') ? [`"${path}" leaves ${directory}; .. is not allowed`] : []
    },
    resolve: (references) => Promise.all(references.map(read)),
    watch(references, onChange, onLook) {
      const items = [...new Set(references.map(({ path }) => path))]
      const directories = [directory, ...items.map((path) => dirname(join(directory, path)))]
      const read = async (path: string): Promise<string> => readText(await locate(directory, path))
      return watchDirectories({ directories, items, read, onChange, onLook, intervalMs: context.pollMs })
    },
    filesInClear: (references) => references.map(({ path }) => join(directory, path)),
    close: () => Promise.resolve(),
  }
}

/** The real file behind `path`; that one is opened, so that a link changed meanwhile leads nowhere else. */
async function locate(directory: string, path: string): Promise<string> {
  const root = await real(directory)
  const target = await real(join(root, path))
  const inside = relative(root, target)
  if (inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)) return target
  throw new StoreError('denied', `"${path}" leads out of ${directory}`, {
    hint: 'point the link at a file inside the directory, or use ${file:/path}',
  })
}

async function real(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new StoreError('not_found', `there is no ${path}`, { hint: 'create it, or correct the path' })
    }
    throw new StoreError(
      code === 'EACCES' ? 'denied' : 'unavailable',
      `${path} can't be read (${code ?? 'unknown error'})`,
      { hint: 'check its owner and mode, and those of the directories above it' },
    )
  }
}
