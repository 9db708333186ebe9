import { expect, test } from 'vitest'
import type { Mount } from '../../src/confine/mounts.ts'
import { writesStartFiles } from '../../src/confine/start-files.ts'

const write = (path: string, from = path): Mount => ({ kind: 'write', path, from })
test.each<[string, Mount, boolean]>([
  ['a project', write('/home/a/project'), false],
  ['the whole home', write('/home/a'), true],
  ['all homes', write('/home'), true],
  ['what a shell reads', write('/home/a/.bashrc'), true],
  ['a directory above what a session starts', write('/home/a/.config'), true],
  ['another directory of settings', write('/home/a/.config/notes'), false],
  ['below what a session starts', write('/home/a/.config/autostart/x'), true],
  ['the home under another name', write('/work', '/home/a'), true],
  ['only to read', { kind: 'read', path: '/home/a', from: '/home/a' }, false],
  ['another user with a longer name', write('/home/ab'), false],
])('a server that may write %s', (_what, mount, expected) => {
  expect(writesStartFiles([{ kind: 'processes', path: '/proc' }, mount], '/home/a')).toBe(expected)
})
