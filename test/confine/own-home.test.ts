/** A confined server has no home that another program could have prepared for it (promise 2). */
import { describe, expect, test } from 'vitest'
import type { ConfinedLaunch } from '../../src/confine/facts.ts'
import { homeName } from '../../src/confine/own-home.ts'
import { packageSettings } from '../../src/confine/gifts/package-settings.ts'
import { shellWords } from '../../src/confine/words.ts'
import { fakeFiles } from './fake-files.ts'

const nameOf = (line: string, config = '/c/servers.yaml'): string => {
  const [command = '', ...args] = line.split(' ')
  return homeName({ config, id: 'a', command, args })
}

describe('a home', () => {
  test.each([
    ['npx -y pkg', 'npx -y pkg@1.2.3 --flag /srv'],
    ['npx -y @scope/pkg', 'npx @scope/pkg@latest'],
    ['/usr/bin/npx -y pkg', 'npx -y pkg'],
    ['uvx pkg==1.0', 'uvx pkg'],
    ['uvx --from pkg[extra] run', 'uvx --from pkg[extra]==2 run'],
    ['node /srv/a.js --port 1', 'node --enable-source-maps /srv/a.js --port 2'],
    ['server --root /a', 'server --root /b'],
  ])('stays where %s becomes %s', (before, after) => {
    expect(nameOf(after)).toBe(nameOf(before))
  })

  test.each([
    ['npx -y pkg', 'npx -y other'],
    ['npx -y pkg', 'npx -y @scope/pkg'],
    ['npx --package=pkg run', 'npx --package=other run'],
    ['npx -p pkg run', 'npx -p other run'],
    ['uvx --from pkg run', 'uvx --from other run'],
    ['uvx --with a pkg', 'uvx --with b pkg'],
    ['node /srv/a.js', 'node /srv/b.js'],
    ['python -m a', 'python -m b'],
    ['bash -lc a', 'bash -lc b'],
    ['server', 'other-server'],
  ])('is another one where %s becomes %s', (before, after) => {
    expect(nameOf(after)).not.toBe(nameOf(before))
  })

  test('is another one for another servers.yaml, and tells whose it is', () => {
    expect(nameOf('npx pkg', '/d/servers.yaml')).not.toBe(nameOf('npx pkg'))
    expect(nameOf('npx pkg')).toMatch(/^a-[0-9a-f]{8}$/)
  })
})

describe('where packages come from', () => {
  const settings = (npmrc: string, toml: string, command = 'npx') => {
    const launch: ConfinedLaunch = {
      command: `/usr/bin/${command}`,
      args: ['-y', 'pkg'],
      cwd: '/srv',
      isCwdGiven: false,
      env: { HOME: '/home/u' },
      declared: [],
    }
    const disk = fakeFiles('/home/u/.npmrc\n/home/u/.config/uv/uv.toml', {
      '/home/u/.npmrc': npmrc,
      '/home/u/.config/uv/uv.toml': toml,
    })
    return packageSettings(launch, disk)
  }

  test('is told to what fetches packages, without a login', () => {
    const npmrc = `registry=https://npm.acme.test/
; a comment
@acme:registry = "https://npm.acme.test/own/"
//npm.acme.test/:_authToken=npm_madeUp0123456789
_password=bWFkZS11cA==
https-proxy=http://me:made-up@proxy.test:8080
proxy=http://proxy.test:8080
cafile=\${HOME}/ca.pem
@other:registry=https://\${TOKEN}@npm.other.test/
`
    expect(settings(npmrc, 'index-url = "https://pypi.acme.test/simple"')).toEqual({
      env: {
        npm_config_registry: 'https://npm.acme.test/',
        'npm_config_@acme:registry': 'https://npm.acme.test/own/',
        npm_config_proxy: 'http://proxy.test:8080',
      },
      read: ['/home/u/.config/uv/uv.toml'],
    })
    expect(settings('', 'index-url = "https://u:made-up@pypi.acme.test/"').read).toEqual([])
    expect(settings('', '[[index]]\npassword = "made-up"').read).toEqual([])
  })

  test('is no matter of other programs', () => {
    expect(settings('registry=https://npm.acme.test/', '', 'a-server')).toEqual({ env: {}, read: [] })
  })
})

test('the line of a shell is read as words', () => {
  expect(shellWords(`cd "/srv/my data" && exec node '/srv/a b.js' --x=1|tee /tmp/x;a\\ b`)).toEqual([
    'cd',
    '/srv/my data',
    'exec',
    'node',
    '/srv/a b.js',
    '--x=1',
    'tee',
    '/tmp/x',
    'a b',
  ])
})
