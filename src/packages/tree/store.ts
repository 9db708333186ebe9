/**
 * Keeps installed packages in the state directory, each in a directory that its content names, never changed once
 * it is there. In the state directory, and not in a cache that anybody empties: what a person agreed to starts also
 * without a network, and no confined server sees anything else of that directory.
 *
 * A package is put together beside it and renamed into its place whole, so a power cut leaves all of it or nothing.
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { installed as installedProgram } from '../../confine/confiner/programs.ts'
import { systemErrorCode } from '../../errors.ts'
import { makeDirectory } from '../../state/directory.ts'
import { stateFile, stateRoom } from '../../state/paths.ts'
import { readOwn } from '../../state/read-own.ts'
import { replaceFile } from '../../state/replace.ts'
import { isUsed, useBy } from './users.ts'
import { compareTree, contentName, contentOf, contentText, readContent, stampsOf } from './content.ts'

/** Of the content and of the stamps. */
const MAX_BYTES = 64 * 1024 * 1024
const DRAFT = '.draft'
/** What was left half made by a process that was killed. */
const ABANDONED_MS = 24 * 3600 * 1000

export type TreeState =
  | { readonly kind: 'whole' | 'none' }
  | { readonly kind: 'changed'; readonly path: string }

export class PackageStore {
  readonly #stateDir: string

  constructor(stateDir: string) {
    this.#stateDir = stateDir
  }

  /** The package's own files. */
  tree(name: string): string {
    return join(this.#home(name), 'tree')
  }

  /** A directory for something that is to become a package. */
  async draft(): Promise<string> {
    makeDirectory(stateRoom(this.#stateDir, 'package'))
    const draft = this.#home(`${randomBytes(8).toString('hex')}${DRAFT}`)
    await mkdir(join(draft, 'tree'), { recursive: true, mode: 0o700 })
    return draft
  }

  /** Puts what is in it into its place, and answers its name. @throws OddTree; a system error. */
  async keep(draft: string): Promise<string> {
    const tree = join(draft, 'tree')
    const entries = await contentOf(tree)
    forbidWriting(tree)
    for (const [kind, path] of entries) if (kind !== 'link') forbidWriting(join(tree, path))
    const text = contentText(entries)
    await replaceFile(join(draft, 'content.json'), text)
    await replaceFile(join(draft, 'stamps.json'), JSON.stringify(await stampsOf(tree, entries)))
    await flush(draft)
    const name = contentName(text)
    if ((await this.state(name)).kind !== 'whole') {
      await this.remove(name)
      try {
        await rename(draft, this.#home(name))
        return name
      } catch (error) {
        // Somebody else has just put the same there.
        if ((await this.state(name)).kind !== 'whole') throw error
      }
    }
    await removeTree(draft)
    return name
  }

  /** Whether it is there, and is what was put there. */
  async state(name: string): Promise<TreeState> {
    const home = this.#home(name)
    if (!existsSync(home)) return { kind: 'none' }
    try {
      const entries = readContent(readOwn(join(home, 'content.json'), MAX_BYTES).text, name)
      if (entries === undefined) return { kind: 'changed', path: 'content.json' }
      const stamps = stampsIn(join(home, 'stamps.json'))
      const found = await compareTree(join(home, 'tree'), entries, stamps)
      if ('changed' in found) return { kind: 'changed', path: found.changed }
      if (found.stamps.some((stamp, at) => stamp !== stamps[at]))
        await replaceFile(join(home, 'stamps.json'), JSON.stringify(found.stamps)).catch(() => undefined)
      return { kind: 'whole' }
    } catch (error) {
      return { kind: 'changed', path: systemErrorCode(error) === 'ENOENT' ? 'content.json' : 'tree' }
    }
  }

  /** This process starts a server from it, so it stays as long as this process lives. */
  use(name: string): void {
    useBy(this.#home(name))
  }

  /** What came of a draft isn't kept. Never throws. */
  async discard(draft: string): Promise<void> {
    await removeTree(draft).catch(() => undefined)
  }

  async remove(name: string): Promise<void> {
    await removeTree(this.#home(name))
  }

  /** Removes all that is neither named, nor in use, nor being made. Answers how many went. */
  async sweep(named: ReadonlySet<string>): Promise<number> {
    let names: readonly string[]
    try {
      names = readdirSync(stateRoom(this.#stateDir, 'package'))
    } catch {
      return 0
    }
    const gone = names.filter((name) =>
      name.endsWith(DRAFT)
        ? isAbandoned(this.#home(name))
        : /^[0-9a-f]{32}$/.test(name) && !named.has(name) && !isUsed(this.#home(name)),
    )
    for (const name of gone) await this.remove(name)
    return gone.length
  }

  #home(name: string): string {
    return stateFile(this.#stateDir, 'package', { content: basename(name) })
  }
}

function stampsIn(file: string): readonly string[] {
  try {
    const found: unknown = JSON.parse(readOwn(file, MAX_BYTES).text)
    return Array.isArray(found) ? found.map(String) : []
  } catch {
    // Then every file is read.
    return []
  }
}

/** For what runs unconfined, and isn't root: it keeps a server from changing itself by accident. */
function forbidWriting(path: string): void {
  chmodSync(path, statSync(path).mode & 0o555)
}

/** On the disk before it is named: all at once, since a file at a time takes seconds. Where that can't be done, later. */
async function flush(directory: string): Promise<void> {
  const sync = process.platform === 'linux' ? installedProgram('sync', '') : undefined
  if (sync === undefined) return
  await new Promise<void>((done) => {
    execFile(sync, ['-f', directory], { timeout: 60_000 }, () => done())
  })
}

function isAbandoned(draft: string): boolean {
  try {
    return Math.abs(Date.now() - statSync(draft).mtimeMs) > ABANDONED_MS
  } catch {
    return false
  }
}

async function removeTree(directory: string): Promise<void> {
  if (!existsSync(directory)) return
  allowWriting(directory)
  await rm(directory, { recursive: true, force: true })
}

/** Nothing can be removed from a directory that may not be written. */
function allowWriting(directory: string): void {
  if (!lstatSync(directory).isDirectory()) return
  chmodSync(directory, 0o700)
  for (const one of readdirSync(directory, { withFileTypes: true }))
    if (one.isDirectory()) allowWriting(join(directory, one.name))
}
