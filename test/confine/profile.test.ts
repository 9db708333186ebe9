/** What a confined server sees of the machine is found in its launch; what is protected is in none of it (promise 2). */
import { describe, expect, test } from 'vitest'
import { bubblewrapArguments } from '../../src/confine/confiner/bubblewrap.ts'
import type { ConfinedLaunch, ProfileFacts } from '../../src/confine/facts.ts'
import type { Mount } from '../../src/confine/mounts.ts'
import { lookedThrough } from '../../src/confine/closed.ts'
import { profileOf } from '../../src/confine/profile.ts'
import { fakeFiles } from './fake-files.ts'

const HOME = '/home/u'
const DISK = `
/usr/bin/node
/usr/bin/python3 -> python3.12
/usr/bin/python3.12
/usr/lib/
/bin -> usr/bin
/lib -> usr/lib
/etc/passwd
/etc/shadow!
/etc/ssl/certs/
/etc/ssl/private/!
/etc/letsencrypt/archive/!
/etc/app.conf
/dev/dri/
/tmp/job/input.csv
/tmp/job/other.csv
/srv/db/main.db
/srv/db/other
/srv/own/memory.json
/srv/own/memory.json.bak
/srv/certs/ca.pem
/srv/certs/other
/srv/run/agent.sock
/srv/run/other
/srv/lone/server.py
/srv/lone/helper.py
/home/u/tools/a.py
/home/u/tools/lib.py
/home/u/tools/pack/__init__.py
/home/u/tools/private.txt
/home/u/.config/app/settings.json
/home/u/.config/other/token
/home/u/.Xauthority
/tmp/.X11-unix/X0
/run/user/1000/wayland-0
/run/user/1000/bus
/srv/data/
/home/u/.ssh/id_ed25519
/home/u/.nvm/versions/node/v22/bin/node
/home/u/own/node/v22/bin/node
/home/u/own/node/v22/lib/node_modules/npm/
/home/u/.local/bin/uvx -> /home/u/.cargo/bin/uvx
/home/u/.local/lib/
/home/u/.local/state/sidemux/audit/
/home/u/.cargo/bin/uvx
/home/u/venv/bin/python -> python3
/home/u/venv/bin/python3 -> /home/u/.pyenv/versions/3.12/bin/python3
/home/u/venv/pyvenv.cfg
/home/u/.pyenv/versions/3.12/bin/python3
/home/u/.pyenv/versions/3.12/lib/
/home/u/proj/servers.yaml
/home/u/proj/.env
/home/u/proj/src/a.ts
/home/u/proj/deep/keys/age.txt
/home/u/proj/deep/notes.md
/home/u/server/package.json
/home/u/server/dist/index.js
/home/u/mono/node_modules/zod/
/home/u/mono/packages/a/package.json
/home/u/mono/packages/a/dist/index.js
/home/u/apps/node_modules/.pnpm/x@1/node_modules/x/cli.js
/home/u/apps/node_modules/x/cli.js -> /home/u/apps/node_modules/.pnpm/x@1/node_modules/x/cli.js
/home/u/docs/a.md
/home/u/package.json
/home/u/tool.js
/home/u/.cache/ms-playwright/chromium/
/home/u/docs/planted -> /home/u/.ssh
/home/u/docs/planted-too -> ../via/further
/home/u/via/further -> /home/u/.ssh
/srv/home -> /home/u
/srv/to-env -> /home/u/proj/.env
/srv/to-proj -> /home/u/proj
/srv/to-docs -> /home/u/docs
/srv/over -> /home/u/docs/planted
/home/u/linked/current.env -> ../proj/.env
/home/u/linked/here -> .
/home/u/linked/secret.txt
/home/u/linked/src/b.ts
`
const disk = fakeFiles(DISK, {
  '/home/u/venv/pyvenv.cfg': 'home = /home/u/.pyenv/versions/3.12/bin\nversion = 3.12\n',
})

const PROTECT = [
  '/home/u/linked/secret.txt',
  '/home/u/proj/servers.yaml',
  '/home/u/proj/.env',
  '/home/u/proj/deep/keys/age.txt',
  '/home/u/.local/state/sidemux',
]

function profile(launch: Partial<ConfinedLaunch>, more: Partial<ProfileFacts> = {}) {
  return profileOf(factsOf(launch, more), disk)
}

function factsOf(launch: Partial<ConfinedLaunch>, more: Partial<ProfileFacts> = {}): ProfileFacts {
  return {
    launch: {
      command: '/usr/bin/a-server',
      args: [],
      cwd: '/home/u/proj',
      isCwdGiven: false,
      env: { HOME },
      declared: [],
      ...launch,
    },
    protect: PROTECT,
    home: '/state/homes/a',
    added: { read: [], write: [], devices: [] },
    network: { kind: 'all' },
    execPath: '/usr/bin/node',
    closed: lookedThrough('/etc', disk),
    ...more,
  }
}

/** Programs that every server has, where they are there. */
const PROGRAM = /^\/home\/u\/\.(?:cargo\/bin|local\/(?:bin|lib)|nvm\/versions|pyenv|cache\/ms-playwright)$/

/** Paths that can be read, written; those of the system and what every server has are left out. */
function given({ mounts }: { mounts: readonly Mount[] }): Record<'read' | 'write', string[]> {
  const of = (kind: 'read' | 'write'): string[] =>
    mounts
      .filter(
        ({ kind: of, path }) => of === kind && !/^\/(?:usr|etc|proc)\b/.test(path) && !PROGRAM.test(path),
      )
      .map(({ path }) => path)
  return { read: of('read').toSorted(), write: of('write').toSorted() }
}

const ELSEWHERE = { cwd: '/srv' }

describe('what a launch is given', () => {
  test.each<[string, Partial<ConfinedLaunch>, { read?: string[]; write?: string[] }]>([
    [
      'its directory without what is protected',
      {},
      { read: ['/home/u/proj/deep/notes.md', '/home/u/proj/src'] },
    ],
    [
      'a directory that its entry names may be written to, entry by entry',
      { isCwdGiven: true },
      { write: ['/home/u/proj/deep/notes.md', '/home/u/proj/src'] },
    ],
    ['nothing of a home that it is started in', { cwd: HOME }, {}],
    [
      'the package of its script',
      { ...ELSEWHERE, args: ['/home/u/server/dist/index.js'] },
      { read: ['/home/u/server'] },
    ],
    [
      'and the modules above it',
      { ...ELSEWHERE, args: ['--enable-source-maps', '/home/u/mono/packages/a/dist/index.js'] },
      {
        read: ['/home/u/mono/node_modules', '/home/u/mono/packages/a'],
      },
    ],
    [
      'of an installed package the modules that hold it, also behind a link',
      { ...ELSEWHERE, args: ['/home/u/apps/node_modules/x/cli.js'] },
      { read: ['/home/u/apps/node_modules'] },
    ],
    [
      'a runtime in a home, and nothing else of it',
      { ...ELSEWHERE, command: '/home/u/own/node/v22/bin/node' },
      { read: ['/home/u/own/node/v22'] },
    ],
    [
      'of ~/.local, which also holds the state, nothing but what every server has of it',
      { ...ELSEWHERE, command: '/home/u/.local/bin/uvx' },
      {},
    ],
    [
      'a virtual environment and the Python that it was made with',
      { ...ELSEWHERE, command: '/home/u/venv/bin/python' },
      { read: ['/home/u/venv'] },
    ],
    [
      'what stands in its arguments, in each way to write it',
      {
        ...ELSEWHERE,
        args: ['/home/u/server/dist/index.js', '--root=/home/u/docs', 'file:///srv/data', '~/docs/a.md'],
      },
      {
        read: ['/home/u/server'],
        write: ['/home/u/docs', '/srv/data'],
      },
    ],
    [
      'what stands in its environment, and a file that is to be made',
      {
        ...ELSEWHERE,
        env: { HOME, MEMORY_FILE: '/home/u/docs/new.json', PATH: '/home/u/proj', OTHER: '/srv/data' },
        declared: ['MEMORY_FILE', 'PATH'],
      },
      { write: ['/home/u/docs'] },
    ],
    [
      'something in /tmp, which is its own otherwise',
      { ...ELSEWHERE, args: ['/tmp/job/input.csv'] },
      { write: ['/tmp/job/input.csv'] },
    ],
    [
      'the directory of a database, which keeps files beside it, and one that holds nothing but a file',
      { ...ELSEWHERE, cwd: '/srv/data', args: ['--db=/srv/db/main.db', 'sqlite:////srv/own/memory.json'] },
      { read: ['/srv/data'], write: ['/srv/db', '/srv/own'] },
    ],
    [
      'whom to trust and what code to load, to read',
      {
        cwd: '/srv/data',
        env: {
          HOME,
          NODE_EXTRA_CA_CERTS: '/srv/certs/ca.pem',
          PYTHONPATH: '/srv/lone:/home/u/docs',
          NODE_OPTIONS: '--require /home/u/mono/packages/a/dist/index.js',
        },
        declared: ['NODE_EXTRA_CA_CERTS', 'PYTHONPATH', 'NODE_OPTIONS'],
      },
      {
        read: [
          '/srv/certs/ca.pem',
          '/srv/data',
          '/srv/lone',
          '/home/u/docs',
          '/home/u/mono/node_modules',
          '/home/u/mono/packages/a',
        ],
      },
    ],
    [
      'the folder of a new file that is named with it, and not for its name alone the one that it is started in',
      { cwd: '/srv', args: ['db/new.json', 'new.json', './other.json'] },
      { write: ['/srv/db'] },
    ],
    [
      'a socket that its entry names',
      { cwd: '/srv/data', env: { HOME, SSH_AUTH_SOCK: '/srv/run/agent.sock' }, declared: ['SSH_AUTH_SOCK'] },
      { read: ['/srv/data'], write: ['/srv/run/agent.sock'] },
    ],
    [
      'a screen that its entry names, and nothing else of a session',
      {
        cwd: '/srv/data',
        env: { HOME, DISPLAY: ':0', WAYLAND_DISPLAY: 'wayland-0', XDG_RUNTIME_DIR: '/run/user/1000' },
        declared: ['DISPLAY', 'WAYLAND_DISPLAY', 'XDG_RUNTIME_DIR'],
      },
      { read: ['/home/u/.Xauthority', '/run/user/1000/wayland-0', '/srv/data', '/tmp/.X11-unix/X0'] },
    ],
    [
      'no screen that it has only from the host',
      { cwd: '/srv/data', env: { HOME, DISPLAY: ':0', XDG_RUNTIME_DIR: '/run/user/1000' } },
      { read: ['/srv/data'] },
    ],
    [
      'of the usual place of settings what is named in it, and not all',
      {
        cwd: '/srv/data',
        args: ['/home/u/.config/app'],
        env: { HOME, XDG_CONFIG_HOME: '/home/u/.config' },
        declared: ['XDG_CONFIG_HOME'],
      },
      { read: ['/srv/data'], write: ['/home/u/.config/app'] },
    ],
    [
      'what lies beside a script without a package',
      { cwd: '/srv/data', command: '/usr/bin/python3', args: ['-u', '/srv/lone/server.py'] },
      { read: ['/srv/data', '/srv/lone'] },
    ],
    [
      'in a folder of all kinds of things only the code',
      { cwd: '/srv/data', command: '/usr/bin/python3', args: ['/home/u/tools/a.py'] },
      { read: ['/home/u/tools/a.py', '/home/u/tools/lib.py', '/home/u/tools/pack', '/srv/data'] },
    ],
    [
      'what a line for a shell names',
      {
        cwd: '/srv/data',
        command: '/bin/sh',
        args: [
          '-c',
          'cd "/home/u/docs" && exec "/home/u/own/node/v22/bin/node" \'/home/u/server/dist/index.js\'',
        ],
      },
      { read: ['/home/u/own/node/v22', '/home/u/server', '/srv/data'], write: ['/home/u/docs'] },
    ],
    [
      'the folders in which it looks for programs',
      { cwd: '/srv/data', env: { HOME, PATH: '/usr/bin:/home/u/own/node/v22/bin:/home/u/docs:/home/u:' } },
      { read: ['/home/u/own/node/v22/bin', '/srv/data'] },
    ],
    [
      'never what is protected, whoever gives it',
      {
        ...ELSEWHERE,
        args: ['/home/u/proj/.env', '/home/u/.local/state/sidemux/audit', '/home/u/proj/deep'],
      },
      { write: ['/home/u/proj/deep/notes.md'] },
    ],
    [
      'never the whole disk, all homes or the system',
      { cwd: '/', args: ['/', '/home', '/proc', '/run'] },
      {},
    ],
  ])('%s', (_, launch, { read = [], write = [] }) => {
    const cwdOfTest = launch.cwd === '/srv' ? ['/srv'] : []
    expect(given(profile(launch))).toEqual({
      read: [...read, ...cwdOfTest].toSorted(),
      write: write.toSorted(),
    })
  })

  /** Where each thing that is given lies outside. */
  const sources = (launch: Partial<ConfinedLaunch>): string[] =>
    profile({ ...launch, cwd: '/srv/data' }).mounts.flatMap((mount) =>
      (mount.kind === 'read' || mount.kind === 'write') &&
      !/^\/(?:usr|etc|proc)\b/.test(mount.path) &&
      !PROGRAM.test(mount.path)
        ? [`${mount.kind} ${mount.path}${mount.from === mount.path ? '' : ` of ${mount.from}`}`]
        : [],
    )

  test.each<[string, readonly string[], readonly string[]]>([
    ['nothing of a protected file, by a link', ['/srv/to-env'], []],
    [
      'a directory by a link, without what is protected in it',
      ['/srv/to-proj'],
      [
        'write /home/u/proj/deep/notes.md',
        'write /home/u/proj/src',
        'write /srv/to-proj/deep/notes.md of /home/u/proj/deep/notes.md',
        'write /srv/to-proj/src of /home/u/proj/src',
      ],
    ],
    [
      'both names of what is linked',
      ['/srv/to-docs'],
      ['write /home/u/docs', 'write /srv/to-docs of /home/u/docs'],
    ],
    [
      'nothing where a link leads that the server may have put there',
      ['/home/u/docs', '/home/u/docs/planted'],
      ['write /home/u/docs'],
    ],
    [
      'nor by a link that leads further',
      ['/home/u/docs', '/home/u/docs/planted-too/id_ed25519'],
      ['write /home/u/docs'],
    ],
    ['nor by another link to such a one', ['/home/u/docs', '/srv/over'], ['write /home/u/docs']],
    [
      'nor where it reaches the directory by a link',
      ['/srv/to-docs', '/srv/to-docs/planted'],
      ['write /home/u/docs', 'write /srv/to-docs of /home/u/docs'],
    ],
    [
      'nothing by a script that the server may have replaced',
      ['/home/u/docs/planted/id_ed25519', '/home/u/docs'],
      ['write /home/u/docs'],
    ],
    ['no home for a file that is to be made in it', ['/home/u/memory.json'], []],
    ['no home for a package.json that lies there', ['/home/u/tool.js'], ['read /home/u/tool.js']],
    ['no writing to the system', ['/etc/app.conf', '/etc/new.conf', '/usr/bin/python3'], []],
    [
      'a directory without what is protected in it, nor what a link in it leads to',
      ['/home/u/linked'],
      ['write /home/u/linked/src'],
    ],
  ])('%s', (_, args, expected) => {
    const seen = sources({ args }).filter((line) => line !== 'read /srv/data')
    expect(seen.toSorted()).toEqual([...expected].toSorted())
  })

  test('a link in a directory that is given entry by entry stays one, and is not followed', () => {
    const { mounts } = profile({ args: ['/home/u/linked'] })
    expect(mounts).toContainEqual({ kind: 'link', path: '/home/u/linked/current.env', to: '../proj/.env' })
    expect(mounts).toContainEqual({ kind: 'link', path: '/home/u/linked/here', to: '.' })
  })

  test.each([
    ['/home/u/.local/state/sidemux', HOME],
    ['/tmp/not-there', HOME],
    ['/home/u/proj', '/home/u/proj'],
    ['/home/u/proj/src', '/home/u/proj/src'],
    ['/usr/lib', '/usr/lib'],
  ])('begins in %s in its own home where that is nowhere', (cwd, expected) => {
    expect(profile({ cwd }).cwd).toBe(expected)
  })

  test('nothing whose place inside lies behind a link that the server has put into its own home', () => {
    const planted = fakeFiles(
      `${DISK}\n/state/homes/a/docs -> /home/u/.ssh\n/state/homes/a/via -> /oldroot/home/u\n`,
    )
    const { mounts } = profileOf(
      { ...factsOf({ cwd: '/srv/data', args: ['~/docs', '~/via/further'] }) },
      planted,
    )
    expect(mounts.filter(({ kind }) => kind === 'write')).toEqual([])
  })

  test('the same at each start, though one under Landlock has left links to it in the home', () => {
    const facts = factsOf({
      command: '/usr/bin/node',
      args: ['/home/u/server/dist/index.js', '/home/u/docs/a.md'],
      cwd: '/srv/data',
    })
    const left = fakeFiles(
      `${DISK}\n/state/homes/a/server -> /home/u/server\n/state/homes/a/docs -> /home/u/docs\n`,
    )
    expect(given(profileOf(facts, disk)).read).toContain('/home/u/server')
    expect(profileOf(facts, left)).toEqual(profileOf(facts, disk))
  })

  test('a home behind a link is no less a home', () => {
    const env = { HOME: '/srv/home' }
    const { mounts } = profile({ cwd: '/srv/data', env, args: ['/home/u/memory.json'] })
    expect(mounts.filter((mount) => mount.kind === 'write')).toEqual([])
  })

  test('programs of a home that servers start, to read', () => {
    expect(profile({}).mounts).toContainEqual(
      expect.objectContaining({ kind: 'read', path: '/home/u/.cache/ms-playwright' }),
    )
  })

  test('what the entry adds', () => {
    const added = { read: ['/srv/data'], write: ['/home/u/docs'], devices: ['/dev/dri'] }
    const all = profile({ cwd: HOME }, { added })
    expect(given(all)).toEqual({ read: ['/srv/data'], write: ['/dev/dri', '/home/u/docs'] })
    expect(bubblewrapArguments(all, ['/x'], {}).join(' ')).toContain('--dev-bind /dev/dri /dev/dri')
  })
})

test('what only root may read of the system is empty, and the home is its own', () => {
  const { mounts } = profile({})
  expect(mounts).toContainEqual({ kind: 'empty', path: '/etc/shadow', holds: 'file', keep: false })
  expect(mounts).toContainEqual({ kind: 'empty', path: '/etc/ssl/private', holds: 'directory', keep: false })
  expect(mounts).toContainEqual({
    kind: 'empty',
    path: '/etc/letsencrypt/archive',
    holds: 'directory',
    keep: false,
  })
  expect(profile({}, { closed: [] }).mounts.filter(({ path }) => path === '/etc/shadow')).toEqual([])
  expect(mounts).toContainEqual({ kind: 'home', path: HOME, from: '/state/homes/a' })
  expect(mounts).toContainEqual({ kind: 'link', path: '/bin', to: '/usr/bin' })
})

test('what is above is mounted first', () => {
  const { mounts } = profile({ args: ['/home/u/docs', '/tmp/job/input.csv'] })
  const paths = mounts.map(({ path }) => path)
  for (const [at, path] of paths.entries())
    expect(paths.slice(0, at).filter((before) => before.startsWith(`${path}/`))).toEqual([])
})

test('bubblewrap gets its own namespaces, ends with sidemux, and has the network only where it may', () => {
  const alone = profile({ args: ['a.js'] }, { network: { kind: 'none' } })
  const args = bubblewrapArguments(alone, ['/usr/bin/node', 'a.js'], {})
  expect(args.slice(args.indexOf('--') + 1)).toEqual(['/usr/bin/node', 'a.js'])
  for (const wanted of ['--unshare-user', '--unshare-pid', '--die-with-parent', '--unshare-net'])
    expect(args).toContain(wanted)
  expect(bubblewrapArguments(profile({}), ['/usr/bin/node'], {})).not.toContain('--unshare-net')
})

test('what others obey in a directory that is given stays as it is, unless it is given by its own name', () => {
  const disk = fakeFiles(`
    /home/u/repo/.git/hooks/pre-commit
    /home/u/repo/.git/config
    /home/u/repo/.mcp.json
    /home/u/repo/servers.yaml
    /home/u/repo/src/a.ts
    /home/u/server.js
  `)
  const writtenIn = (protect: string[], write: string[]): Record<'read' | 'write', string[]> =>
    given(
      profileOf(
        {
          launch: {
            command: '/usr/bin/node',
            args: ['/home/u/server.js'],
            cwd: '/home/u/repo',
            isCwdGiven: true,
            env: { HOME },
            declared: [],
          },
          protect,
          home: '/state/homes/x',
          added: { read: [], write, devices: [] },
          network: { kind: 'all' },
          execPath: '/usr/bin/node',
          closed: [],
        },
        disk,
      ),
    )
  const obeyed = ['/home/u/repo/.git/config', '/home/u/repo/.git/hooks', '/home/u/repo/.mcp.json']
  expect(writtenIn([], [])).toMatchObject({ read: expect.arrayContaining(obeyed), write: ['/home/u/repo'] })
  const entryByEntry = writtenIn(['/home/u/repo/servers.yaml'], [])
  expect(entryByEntry.read).toEqual(expect.arrayContaining(obeyed))
  expect(entryByEntry.write).toEqual(['/home/u/repo/.git', '/home/u/repo/src'])
  expect(writtenIn([], ['/home/u/repo/.git/hooks']).read).not.toContain('/home/u/repo/.git/hooks')
})
