import { expect, test } from 'vitest'
import { configPlaces, type PlaceFacts, type Places } from '../../src/config/file/places.ts'

const linux: PlaceFacts = { env: {}, cwd: '/work', platform: 'linux', home: '/home/u' }
const mac: PlaceFacts = { ...linux, platform: 'darwin', home: '/Users/u' }
const windows: PlaceFacts = { env: {}, cwd: 'C:\\work', platform: 'win32', home: 'C:\\Users\\u' }

const cases: readonly [what: string, facts: PlaceFacts, places: Places][] = [
  [
    '--config wins',
    { ...linux, path: 'x.yaml', env: { SIDEMUX_CONFIG: '/e.yaml' } },
    { named: '/work/x.yaml', by: '--config' },
  ],
  [
    '$SIDEMUX_CONFIG is next',
    { ...linux, env: { SIDEMUX_CONFIG: '/e.yaml' } },
    { named: '/e.yaml', by: '$SIDEMUX_CONFIG' },
  ],
  [
    'an empty $SIDEMUX_CONFIG is none',
    { ...linux, env: { SIDEMUX_CONFIG: '' } },
    { candidates: ['/work/servers.yaml', '/home/u/.config/sidemux/servers.yaml'] },
  ],
  ['Linux', linux, { candidates: ['/work/servers.yaml', '/home/u/.config/sidemux/servers.yaml'] }],
  [
    'XDG',
    { ...linux, env: { XDG_CONFIG_HOME: '/xdg' } },
    { candidates: ['/work/servers.yaml', '/xdg/sidemux/servers.yaml'] },
  ],
  [
    'a relative XDG directory is ignored',
    { ...linux, env: { XDG_CONFIG_HOME: 'xdg' } },
    { candidates: ['/work/servers.yaml', '/home/u/.config/sidemux/servers.yaml'] },
  ],
  [
    'macOS',
    mac,
    { candidates: ['/work/servers.yaml', '/Users/u/Library/Application Support/sidemux/servers.yaml'] },
  ],
  [
    'XDG on macOS',
    { ...mac, env: { XDG_CONFIG_HOME: '/xdg' } },
    { candidates: ['/work/servers.yaml', '/xdg/sidemux/servers.yaml'] },
  ],
  [
    'Windows',
    { ...windows, env: { APPDATA: 'D:\\Roaming' } },
    { candidates: ['C:\\work\\servers.yaml', 'D:\\Roaming\\sidemux\\servers.yaml'] },
  ],
  [
    'Windows without APPDATA',
    windows,
    { candidates: ['C:\\work\\servers.yaml', 'C:\\Users\\u\\AppData\\Roaming\\sidemux\\servers.yaml'] },
  ],
]

test.each(cases)('%s', (_, facts, places) => {
  expect(configPlaces(facts)).toEqual(places)
})
