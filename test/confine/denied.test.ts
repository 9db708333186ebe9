/** Which file a program says it was denied, in the words of each language. */
import { expect, test } from 'vitest'
import { deniedFiles } from '../../src/confine/denied/denied.ts'

test.each([
  [
    'Node',
    "Error: EACCES: permission denied, open '/home/me/a b.txt'",
    '/home/me/a b.txt',
    'EACCES',
    undefined,
  ],
  ['Node, write', "EROFS: read-only file system, open '/srv/x'", '/srv/x', 'EROFS', true],
  [
    'Node, mkdir',
    "ENOENT: no such file or directory, mkdir '/home/me/new/x'",
    '/home/me/new/x',
    'ENOENT',
    true,
  ],
  ['Node, scandir', "ENOENT: no such file or directory, scandir '/home/me'", '/home/me', 'ENOENT', false],
  ['Node, two paths', "EPERM: operation not permitted, rename '/a/b' -> '/a/c'", '/a/b', 'EPERM', true],
  ['Python', "PermissionError: [Errno 13] Permission denied: '/root/x'", '/root/x', 'EACCES', undefined],
  [
    'Python, missing',
    "FileNotFoundError: [Errno 2] No such file or directory: '~/x/y'",
    '~/x/y',
    'ENOENT',
    undefined,
  ],
  ['Python, read-only', "OSError: [Errno 30] Read-only file system: '/etc/x'", '/etc/x', 'EROFS', true],
  ['Go', 'open /var/lib/db: permission denied', '/var/lib/db', 'EACCES', undefined],
  [
    'Go, in a sentence',
    'failed to read config: open /home/me/.cfg: no such file or directory',
    '/home/me/.cfg',
    'ENOENT',
    false,
  ],
  ['Rust', 'Permission denied (os error 13): /data/x', '/data/x', 'EACCES', undefined],
  [
    'Rust, quoted',
    'failed to create "/data/y": Read-only file system (os error 30)',
    '/data/y',
    'EROFS',
    true,
  ],
  [
    'the shell',
    'cat: /home/me/notes.md: No such file or directory',
    '/home/me/notes.md',
    'ENOENT',
    undefined,
  ],
  ['relative', "ENOENT: no such file or directory, open './data/x'", './data/x', 'ENOENT', undefined],
])('%s', (_, text, path, code, isWrite) => {
  expect(deniedFiles(text)[0]).toEqual({ path, code, isWrite })
})

test.each([
  ['nothing was denied', 'reading /home/me/notes.md'],
  ['an address', 'permission denied by https://example.com/a/b'],
  ['no path', 'Permission denied'],
  ['the root', "EACCES: permission denied, open '/'"],
])('says nothing where there is %s', (_, text) => {
  expect(deniedFiles(text)).toEqual([])
})

test('a server that lists paths without end costs little', () => {
  const line = (at: number): string => `open /a/${at}: permission denied`
  expect(deniedFiles(Array.from({ length: 10_000 }, (_, at) => line(at)).join('\n'))).toHaveLength(4)
})
