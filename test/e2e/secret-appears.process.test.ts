/**
 * A secret that isn't there when sidemux starts, in a store that is watched: its server is down with the reason, no other
 * one is, and it comes up by itself when somebody has put the secret where the hint says. Nobody calls it meanwhile, for
 * a host shows no tools of it that could be called.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { audit, starts, steady, yaml } from './reload.ts'
import { runHere } from './run-here.ts'
import { HereHost } from './serve-here.ts'
import { place, shared, textOf, until, type Place } from './support.ts'

const SECRET = 'appearing-secret-0001'

function put(file: string, text: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

interface Kind {
  readonly what: string
  readonly store: object
  /** @param dir the store's own */
  readonly before?: (dir: string) => void
  readonly mend: (dir: string, where: Place) => unknown
}

const dotenv = (path: string, more: Partial<Kind> = {}): Omit<Kind, 'what'> => ({
  store: { type: 'dotenv', path },
  mend: (dir) => put(join(dir, '.env'), `T=${SECRET}\n`),
  ...more,
})

/** By the name of the store, which has a directory of this name. */
const KINDS: Readonly<Record<string, Kind>> = {
  new: { what: 'a .env file', ...dotenv('new/.env', { before: (dir) => mkdirSync(dir) }) },
  deep: {
    what: 'a .env file and the directories above it',
    ...dotenv('deep/not/yet/here/.env', {
      mend: (dir) => put(join(dir, 'not/yet/here/.env'), `T=${SECRET}\n`),
    }),
  },
  name: {
    what: 'a name in a .env file',
    ...dotenv('name/.env', {
      before: (dir) => put(join(dir, '.env'), 'OTHER=value\n'),
      mend: (dir) => put(join(dir, '.env'), `OTHER=value\nT=${SECRET}\n`),
    }),
  },
  text: {
    what: 'a .env file as UTF-8',
    ...dotenv('text/.env', {
      before: (dir) => put(join(dir, '.env'), Buffer.from(`\ufeffT=${SECRET}\n`, 'utf16le')),
    }),
  },
  mounted: {
    what: 'a mounted file',
    store: { type: 'file', path: 'mounted/run/secrets' },
    mend: (dir) => put(join(dir, 'run/secrets/T'), SECRET),
  },
  local: {
    what: 'a secret of the embedded store',
    store: { type: 'local' },
    mend: (_dir, where) => runHere(where, ['secrets', 'set', 'T'], SECRET),
  },
  accepted: {
    what: 'a secret that the server accepts',
    ...dotenv('accepted/.env', { before: (dir) => put(join(dir, '.env'), 'T=refused-secret-0001\n') }),
  },
}

/** One sidemux for all of them, and a server that has what it needs. */
const scene = shared(async () => {
  const where = place('version: 1\nservers: {}\n')
  const picky = join(where.dir, 'picky.sh')
  writeFileSync(picky, `#!/bin/sh\n[ "$TOKEN" = ${SECRET} ] || exit 3\nexec "$@"\n`)
  chmodSync(picky, 0o700)
  const { command, args } = steady()
  const stores = Object.entries(KINDS)
  for (const [id, { before }] of stores) before?.(join(where.dir, id))
  const late = stores.map(([id]) => {
    const env = { TOKEN: `\${${id}:T}`, STARTS: join(where.out, `${id}.txt`) }
    return [id, { command: picky, args: [String(command), ...(args as string[])], env }] as const
  })
  writeFileSync(
    where.config,
    yaml(
      { ...Object.fromEntries(late), plain: steady() },
      { secrets: Object.fromEntries(stores.map(([id, { store }]) => [id, store])) },
    ),
  )
  const host = new HereHost(where)
  await host.initialize()
  const { result } = await host.request('tools/call', { name: 'plain_who', arguments: {} })
  return { where, host, plain: textOf(result ?? {}) }
})

it.each(Object.entries(KINDS).map(([id, { what, mend }]) => [what, id, mend] as const))(
  '%s that is there later is noticed, and its server comes up',
  async (_what, id, mend) => {
    const { where, host, plain } = await scene()
    expect(plain).toMatch(/^\d+ /)
    const isDown = () => audit(where).some(({ phase, server }) => phase === 'failed' && server === id)
    await until(isDown, 'it has failed')
    await sleep(300)
    const file = join(where.out, `${id}.txt`)
    await mend(join(where.dir, id), where)
    await until(() => starts(file).length === 1, 'it is up')
    const lists = async (): Promise<boolean> =>
      JSON.stringify((await host.request('tools/list')).result).includes(`"${id}_who"`)
    await until(lists, 'its tools are listed')
    await sleep(300)
    expect(starts(file)).toHaveLength(1)
  },
)
