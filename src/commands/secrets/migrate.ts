/**
 * Moves secrets that stand in servers.yaml in plain into a store and puts references in their place. Without --write it
 * only says what it would do. With it, in this order: each value is put into the store and read back, the old file is
 * kept as a backup that only its owner can read, and the new one takes its place as a whole; so whatever fails, no
 * value is lost. No value is ever shown.
 */
import { open, readFile, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { loadConfig, requireRunnable } from '../../config/load.ts'
import type { Config } from '../../config/config.ts'
import type { Declaration } from '../../checkup/declare-store.ts'
import { findPlainSecrets, replacePlainSecrets, type PlainSecret } from '../../checkup/plain-secrets.ts'
import { SidemuxError, systemErrorCode } from '../../errors.ts'
import { declaredAliases } from '../../secrets/stores/identity.ts'
import type { StoreOptions } from '../../secrets/stores/options.ts'
import { ensureStateDir } from '../../state/directory.ts'
import { LockBusy, withLock } from '../../state/lock.ts'
import { replaceFile } from '../../state/replace.ts'
import { openStore } from '../../secrets/stores/index.ts'
import { isWritable, type WritableStore } from '../../secrets/stores/writable.ts'
import { visibleLine } from '../../visible.ts'
import type { Io } from '../io.ts'
import type { SecretsOptions } from './options.ts'

const WAIT_MS = 60_000
const MAX_SAME_NAME = 9
const LOCK = { waitMs: 20_000, staleMs: 4000 }

interface Target {
  readonly alias: string
  readonly options: StoreOptions
  /** Where servers.yaml doesn't declare it yet. */
  readonly declaration?: Declaration
}

interface Move {
  readonly secret: PlainSecret
  readonly reference: string
}

export async function migrate(options: SecretsOptions, io: Io): Promise<0 | 1> {
  const choice = { ...options, env: io.env, cwd: io.cwd }
  const config = await requireRunnable(choice)
  const { file: shown } = await loadConfig(choice)
  const file = await realpath(config.file)
  const bytes = await readFile(file)
  const bom = bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? '\uFEFF' : ''
  const text = bytes.toString('utf8').slice(bom.length)
  const target = chooseTarget(config, options.to)
  const secrets = await findPlainSecrets(text)
  if (secrets.length === 0) return report([], target, undefined, shown, options.json, io)
  const store = await openTarget(target, config, io)
  try {
    if (!options.write) {
      const moves = secrets.map((secret) => ({
        secret,
        reference: referenceTo(wishedName(secret, store), target),
      }))
      // What would fail is said now.
      rewrite(text, moves, target)
      return report(moves, target, undefined, shown, options.json, io)
    }
    return await oneAtATime(io, async () => {
      const done: Move[] = []
      for (const secret of secrets) done.push(await keep(secret, store, target))
      const result = bom + rewrite(text, done, target)
      const backup = await writeBackup(file, bytes)
      if (!bytes.equals(await readFile(file))) {
        throw new SidemuxError(`${shown} was changed meanwhile, so it was left as it is`, {
          hint: 'run it again',
        })
      }
      await replaceFile(file, result, (await stat(file)).mode & 0o777)
      return report(done, target, backup, shown, options.json, io)
    })
  } finally {
    await store.close()
  }
}

/** Of two who look for a free name in the store at once, both would find the same. */
async function oneAtATime<T>(io: Io, act: () => Promise<T>): Promise<T> {
  const room = join(ensureStateDir(io.env), 'migrate')
  try {
    return await withLock(join(room, 'store'), LOCK, act)
  } catch (error) {
    if (!(error instanceof LockBusy)) throw error
    throw new SidemuxError(`${error.holder} is moving secrets`, { hint: 'run it again when it is done' })
  }
}

/** `--to`, else the first store of type local, else one that is declared along the way. */
function chooseTarget(config: Config, to: string | undefined): Target {
  const found =
    to === undefined
      ? [...config.stores].find(([, { type }]) => type === 'local')
      : [...config.stores].find(([alias]) => alias === to)
  if (found !== undefined) return { alias: found[0], options: found[1] }
  const alias = to ?? (config.stores.has('local') ? 'sidemux' : 'local')
  if (to !== undefined && to !== 'local') {
    const declared = declaredAliases(config.stores.keys()).join(', ')
    throw new SidemuxError(`there is no store "${visibleLine(to)}"`, {
      hint: declared === '' ? 'leave --to out to use the embedded store' : `declared are ${declared}`,
      exitCode: 2,
    })
  }
  return { alias, options: { type: 'local' }, declaration: { alias, type: 'local' } }
}

async function openTarget({ alias, options }: Target, config: Config, io: Io): Promise<WritableStore> {
  const store = await openStore(alias, options, {
    environment: config.environment,
    baseDir: config.dir,
    env: io.env,
  })
  if (isWritable(store)) return store
  await store.close()
  throw new SidemuxError(`sidemux doesn't write to stores of type ${store.type}`, {
    hint: 'put the values there yourself, or use a store of type local, keychain or dotenv: --to ALIAS',
    exitCode: 2,
  })
}

/** `github/GITHUB_TOKEN`, of characters that every reference and store takes. */
function nameFor({ serverId, name }: PlainSecret): string {
  return `${namePart(serverId).slice(0, 50)}/${namePart(name).slice(0, 60)}`
}

function namePart(text: string): string {
  return text.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[.-]+/, '') || 'x'
}

function wishedName(secret: PlainSecret, store: WritableStore): string {
  return store.nameFor?.(nameFor(secret)) ?? nameFor(secret)
}

function referenceTo(path: string, { alias }: Target): string {
  return `\${${alias}:${path}}`
}

/** Under its name, or under another one when that holds something else; equal values are left as they are. */
async function keep(secret: PlainSecret, store: WritableStore, target: Target): Promise<Move> {
  const signal = AbortSignal.timeout(WAIT_MS)
  const { alias } = target
  const wished = wishedName(secret, store)
  for (let count = 1; count <= MAX_SAME_NAME; count++) {
    const path = count === 1 ? wished : `${wished}_${count}`
    const [before] = await store.resolve([{ path }], { serverId: secret.serverId, signal })
    if (before?.ok === true && before.value !== secret.value) continue
    if (before?.ok === false && before.error.code !== 'not_found') throw before.error
    if (before?.ok !== true) await store.put(path, secret.value, signal)
    const [after] = await store.resolve([{ path }], { serverId: secret.serverId, signal })
    if (after?.ok === true && after.value === secret.value)
      return { secret, reference: referenceTo(path, target) }
    throw new SidemuxError(`store "${alias}" does not give back what was put into it`, {
      hint: `nothing in the file was changed; choose another store with --to`,
    })
  }
  throw new SidemuxError(`store "${alias}" holds other values as ${wished}`, {
    hint: 'delete those that nobody needs',
  })
}

function rewrite(text: string, moves: readonly Move[], { declaration, alias }: Target): string {
  const result = replacePlainSecrets(text, moves, declaration)
  if (result !== undefined) return result
  throw new SidemuxError("this file's layout can't be changed safely, so it was left as it is", {
    hint: `declare the store yourself, secrets: { ${alias}: { type: local } }, and write references such as \${${alias}:NAME} where "sidemux check" points`,
  })
}

/** Beside the file, which may be in a directory that git tracks; so it is said where it is. */
async function writeBackup(file: string, bytes: Uint8Array): Promise<string> {
  const backup = `${file}.${new Date().toISOString().replace(/[-:.]/g, '')}.backup`
  try {
    const handle = await open(backup, 'wx', 0o600)
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    return backup
  } catch (error) {
    throw new SidemuxError(
      `no backup could be written (${systemErrorCode(error) ?? 'unknown error'}), so nothing was changed`,
      {
        hint: `make the directory of ${file} writable`,
      },
    )
  }
}

function report(
  moves: readonly Move[],
  { alias, options, declaration }: Target,
  backup: string | undefined,
  shown: string,
  json: boolean,
  { stdout }: Io,
): 0 {
  const rows = moves.map(({ secret: { serverId, field, name, at }, reference }) => ({
    file: shown,
    ...at,
    server: serverId,
    field: `${field}.${name}`,
    reference,
  }))
  if (json) {
    const target = { alias, type: options.type, declared: declaration === undefined }
    stdout.write(
      `${JSON.stringify({ written: backup !== undefined, backup: backup ?? null, target, moves: rows }, undefined, 2)}\n`,
    )
    return 0
  }
  if (rows.length === 0) {
    stdout.write(
      `${shown} holds no secret in plain that could be moved; "sidemux check" tells what else there is\n`,
    )
    return 0
  }
  for (const { line, col, server, field, reference } of rows)
    stdout.write(`${shown}:${line}:${col}: ${visibleLine(`${server} ${field}`)} -> ${reference}\n`)
  const what = `${rows.length} ${rows.length === 1 ? 'value' : 'values'}`
  const added = declaration === undefined ? '' : `; the store is added to ${shown}`
  stdout.write(
    backup === undefined
      ? `\n${what} would move to store "${alias}" (${options.type})${added}. Nothing was changed; run it again with --write.\n`
      : `\n${what} moved to store "${alias}" (${options.type})${added}.\nThe old file is ${backup}; it holds the values in plain: delete it once "sidemux secrets check" is content.\n`,
  )
  return 0
}
