/** What writers.process.test.ts shows, as a user meets it: several `sidemux secrets set` at once, and one that can't get its turn. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { LocalSecrets } from '../../src/secrets/stores/local/secrets.ts'

const CLI = resolve(import.meta.dirname, '../../dist/cli.js')
const ROUNDS = Number(process.env['SIDEMUX_ROUNDS'] ?? 1)

interface Place {
  readonly env: NodeJS.ProcessEnv
  /** Another process has the lock; killing it leaves the lock behind. */
  readonly hold: () => Promise<() => Promise<void>>
}

function place(): Place {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-set-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  mkdirSync(join(dir, 'secrets'))
  return {
    env: { PATH: process.env['PATH'], HOME: dir, SIDEMUX_STATE_DIR: dir, SIDEMUX_TRUST: 'off' },
    async hold() {
      const program = join(import.meta.dirname, 'holder.mjs')
      const holder = spawn(process.execPath, [program, join(dir, 'secrets', 'local')])
      onTestFinished(() => void holder.kill('SIGKILL'))
      await once(holder.stdout, 'data')
      return async () => {
        holder.kill('SIGKILL')
        await once(holder, 'exit')
      }
    },
  }
}

async function set(name: string, env: NodeJS.ProcessEnv): Promise<{ code: number; stderr: string }> {
  const child = spawn(process.execPath, [CLI, 'secrets', 'set', name, '--backend', 'file'], { env })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.stdin.end(`value-of-${name}\n`)
  const [code] = (await once(child, 'close')) as [number]
  return { code, stderr }
}

const list = (env: NodeJS.ProcessEnv): string[] => [...new LocalSecrets(env['HOME'] ?? '').entries().keys()]

it(
  'three at once, where a killed one left its lock, keep all three',
  async () => {
    for (let n = 0; n < ROUNDS; n += 1) {
      const { env, hold } = place()
      await (
        await hold()
      )()
      const names = ['A', 'B', 'C']
      const done = await Promise.all(names.map((name) => set(name, env)))
      expect(done).toEqual(names.map(() => ({ code: 0, stderr: '' })))
      expect(list(env).toSorted()).toEqual(names)
    }
  },
  Math.max(60_000, ROUNDS * 15_000),
)

it('one that does not get its turn says who has it, and fails', async () => {
  const { env, hold } = place()
  const release = await hold()
  const { code, stderr } = await set('A', env)
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^sidemux: process \d+ is writing the book of secrets \S+\nhint: try again when it is done; nothing was changed\n$/,
  )
  await release()
  expect(list(env)).toEqual([])
  expect((await set('A', env)).code).toBe(0)
  expect(list(env)).toEqual(['A'])
})

it('several that move secrets of the same name at once keep each its own value', async () => {
  const { env, hold } = place()
  // Whoever has looked for a free name waits here, so that all do it before the first one writes.
  const release = await hold()
  const state = env['SIDEMUX_STATE_DIR'] ?? ''
  const tokens = ['tok-x7Kq-0123456789', 'tok-p2Wz-0123456789', 'tok-m9Rc-0123456789']
  setTimeout(() => void release(), 3000)
  const moved = await Promise.all(
    tokens.map(async (token, n) => {
      const config = join(state, `servers-${n}.yaml`)
      writeFileSync(config, `version: 1\nservers: { a: { command: x, env: { A_TOKEN: ${token} } } }\n`)
      const args = [CLI, 'secrets', 'migrate', '--write', '--config', config]
      const [code] = (await once(spawn(process.execPath, args, { env }), 'close')) as [number]
      return { code, name: /\$\{local:([^}]+)\}/.exec(readFileSync(config, 'utf8'))?.[1] ?? '' }
    }),
  )
  expect(moved.map(({ code }) => code)).toEqual([0, 0, 0])
  const secrets = new LocalSecrets(state)
  const entries = secrets.entries()
  const kept = moved.map(async ({ name }) => {
    const entry = entries.get(name)
    return entry && (await secrets.value(name, entry, AbortSignal.timeout(10_000)))
  })
  expect(await Promise.all(kept)).toEqual(tokens)
})
