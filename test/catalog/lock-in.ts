/** A servers.lock in a directory of a test, of servers that are launched by nothing but a name. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { ServersLock, type LockWriting } from '../../src/catalog/lock/servers-lock.ts'

export interface LockPlace {
  readonly dir: string
  readonly config: string
  readonly file: string
  readonly state: string
  /** @param launches `box` or `box launch`, and `!box` for a strict one */
  open(launches: readonly string[], writing?: LockWriting): ServersLock
}

export function lockPlace(dir = temporary()): LockPlace {
  const [config, state] = [join(dir, 'servers.yaml'), join(dir, 'state')]
  if (!existsSync(config)) writeFileSync(config, 'version: 1\nservers: {}\n', { mode: 0o640 })
  mkdirSync(state, { recursive: true, mode: 0o700 })
  return {
    dir,
    config,
    state,
    file: join(dir, 'servers.lock'),
    open: (launches, writing) =>
      new ServersLock(
        state,
        config,
        launches.map((one) => {
          const [, strict, id = '', launchHash = 'launch'] = /^(!?)([\w-]+)(?: (.+))?$/.exec(one) ?? []
          return { id, launchHash, launch: { command: launchHash }, isStrict: strict === '!' }
        }),
        writing,
      ),
  }
}

function temporary(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-lock-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}
