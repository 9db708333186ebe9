import { describe, expect, test } from 'vitest'
import { processEnvironment, type EnvironmentFacts } from '../../src/upstream/process/environment.ts'

const posix: EnvironmentFacts = {
  platform: 'linux',
  parent: { HOME: '/home/u', PATH: '/usr/bin:/bin', USER: 'u', LANG: 'C.UTF-8' },
  execPath: '/opt/node/bin/node',
  declared: {},
  inherit: [],
}
const windows: EnvironmentFacts = {
  platform: 'win32',
  parent: { Path: 'C:\\Windows;C:\\Git', SystemRoot: 'C:\\Windows', UserProfile: 'C:\\Users\\u' },
  execPath: 'C:\\node\\node.exe',
  declared: {},
  inherit: [],
}

describe('a child sees the allowlist, what is declared, and nothing else (promise 2)', () => {
  const kept = ['HOME', 'LOGNAME', 'USER', 'SHELL', 'TERM', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR']
  test.each(kept)('%s is handed over', (name) => {
    expect(processEnvironment({ ...posix, parent: { [name]: 'value' } })[name]).toBe('value')
  })

  const withheld = [
    'NODE_OPTIONS',
    'NODE_PATH',
    'LD_PRELOAD',
    'LD_LIBRARY_PATH',
    'DYLD_INSERT_LIBRARIES',
    'npm_config_registry',
    'npm_config_yes',
    'HTTP_PROXY',
    'https_proxy',
    'SSH_AUTH_SOCK',
    'XDG_RUNTIME_DIR',
    'DISPLAY',
    'BASH_ENV',
    'ENV',
    'PYTHONPATH',
    'INFISICAL_CLIENT_SECRET',
    'VAULT_TOKEN',
    'AWS_SECRET_ACCESS_KEY',
    'SIDEMUX_CONFIG',
    'home',
    'Path',
  ]
  test.each(withheld)('%s is withheld', (name) => {
    expect(processEnvironment({ ...posix, parent: { ...posix.parent, [name]: 'value' } })).toEqual({
      HOME: '/home/u',
      USER: 'u',
      LANG: 'C.UTF-8',
      PATH: '/opt/node/bin:/usr/bin:/bin',
    })
  })

  const cases: { title: string; facts: EnvironmentFacts; expected: Record<string, string> }[] = [
    {
      title: 'declared wins',
      facts: { ...posix, parent: { HOME: '/a' }, declared: { HOME: '/b', X: '1' } },
      expected: { HOME: '/b', X: '1', PATH: '/opt/node/bin' },
    },
    {
      title: 'inherited by name',
      facts: { ...posix, parent: { SSH_AUTH_SOCK: '/s', OTHER: 'o' }, inherit: ['SSH_AUTH_SOCK', 'ABSENT'] },
      expected: { SSH_AUTH_SOCK: '/s', PATH: '/opt/node/bin' },
    },
    {
      title: 'no shell functions',
      facts: { ...posix, parent: { SHELL: '() { :; }; evil' }, inherit: ['SHELL'] },
      expected: { PATH: '/opt/node/bin' },
    },
    {
      title: 'declared PATH comes after the Node',
      facts: { ...posix, declared: { PATH: '/own' } },
      expected: { HOME: '/home/u', USER: 'u', LANG: 'C.UTF-8', PATH: '/opt/node/bin:/own' },
    },
    {
      title: 'no empty PATH entry, no second Node',
      facts: { ...posix, parent: { PATH: ':/bin::/opt/node/bin:' } },
      expected: { PATH: '/opt/node/bin:/bin' },
    },
    {
      title: 'a variable called __proto__',
      facts: { ...posix, parent: {}, declared: Object.fromEntries([['__proto__', 'x']]) },
      expected: Object.fromEntries([
        ['__proto__', 'x'],
        ['PATH', '/opt/node/bin'],
      ]),
    },
    {
      title: 'Windows: whatever the case',
      facts: windows,
      expected: {
        PATH: 'C:\\node;C:\\Windows;C:\\Git',
        SYSTEMROOT: 'C:\\Windows',
        USERPROFILE: 'C:\\Users\\u',
      },
    },
    {
      title: 'Windows: declared in another case wins',
      facts: { ...windows, parent: { TEMP: 'a' }, declared: { Temp: 'b', path: 'C:\\own' } },
      expected: { Temp: 'b', PATH: 'C:\\node;C:\\own' },
    },
    {
      title: 'Windows: inherited in another case',
      facts: { ...windows, parent: { My_Var: '1' }, inherit: ['MY_VAR'] },
      expected: { MY_VAR: '1', PATH: 'C:\\node' },
    },
    {
      title: 'Windows: withholds too',
      facts: { ...windows, parent: { NODE_OPTIONS: 'x', HTTP_PROXY: 'y' } },
      expected: { PATH: 'C:\\node' },
    },
  ]
  test.each(cases)('$title', ({ facts, expected }) => {
    expect(processEnvironment(facts)).toEqual(expected)
  })
})
