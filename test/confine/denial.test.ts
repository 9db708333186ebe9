/** Why a confined server was denied a file, and which setting gives it; silence where the sandbox isn't why. */
import { expect, test } from 'vitest'
import { denialOf, denialText } from '../../src/confine/denied/denial.ts'
import { FileDenials } from '../../src/confine/denied/denials.ts'
import type { DeniedFile } from '../../src/confine/denied/denied.ts'
import type { SandboxProfile } from '../../src/confine/mounts.ts'
import { fakeFiles } from './fake-files.ts'

const profile: SandboxProfile = {
  mounts: [
    { kind: 'read', path: '/usr' },
    { kind: 'read', path: '/etc' },
    { kind: 'empty', path: '/tmp', holds: 'directory', keep: true },
    { kind: 'devices', path: '/dev' },
    { kind: 'processes', path: '/proc' },
    { kind: 'home', path: '/home/me', from: '/state/homes/notes' },
    { kind: 'read', path: '/home/me/code' },
    { kind: 'write', path: '/home/me/given' },
  ],
  cwd: '/home/me/given',
  network: { kind: 'all' },
}
const protect = ['/home/me/servers.yaml', '/state']
const disk = fakeFiles(`
  /home/me/servers.yaml
  /home/me/Documents/a.md
  /home/me/code/b.js
  /home/me/given/c.md
  /home/me/link -> /state/audit
  /state/audit/1.jsonl
  /tmp/theirs
  /dev/kvm
  /etc/shadow!
  /srv/data/
`)
const seen = { server: 'notes', profile, protect }
const of = (path: string, code: DeniedFile['code'], isWrite?: boolean) =>
  denialOf({ path, code, isWrite }, seen, disk)

test.each([
  ['a file of the home', '/home/me/Documents/a.md', 'ENOENT', undefined, 'read', '/home/me/Documents/a.md'],
  ['by ~', '~/Documents/a.md', 'ENOENT', false, 'read', '/home/me/Documents/a.md'],
  ['by a relative path', '../Documents/a.md', 'ENOENT', undefined, 'read', '/home/me/Documents/a.md'],
  ['a file to write to', '/home/me/Documents/a.md', 'ENOENT', true, 'write', '/home/me/Documents/a.md'],
  ['a new file beside it', '/home/me/Documents/new', 'ENOENT', true, 'write', '/home/me/Documents'],
  ['what it only reads', '/home/me/code/b.js', 'EROFS', true, 'write', '/home/me/code/b.js'],
  ['a directory elsewhere', '/srv/data', 'ENOENT', false, 'read', '/srv/data'],
  ['as Landlock says it', '/srv/data', 'EACCES', undefined, 'read', '/srv/data'],
  ["somebody's file in /tmp", '/tmp/theirs', 'ENOENT', undefined, 'read', '/tmp/theirs'],
  ['a device', '/dev/kvm', 'ENOENT', undefined, 'devices', '/dev/kvm'],
  ['servers.yaml', '/home/me/servers.yaml', 'ENOENT', undefined, 'closed', '/home/me/servers.yaml'],
  ['the state directory', '/state/audit/1.jsonl', 'EACCES', undefined, 'closed', '/state/audit/1.jsonl'],
  ['a link to it', '/home/me/link/1.jsonl', 'ENOENT', undefined, 'closed', '/home/me/link/1.jsonl'],
] as const)('%s', (_, path, code, isWrite, setting, named) => {
  expect(of(path, code, isWrite)).toEqual({ server: 'notes', path: named, setting })
})

test.each([
  ['is there nowhere', '/home/me/nothing', 'ENOENT'],
  ['was given it to write', '/home/me/given/c.md', 'EACCES'],
  ['only its owner may read', '/home/me/code/b.js', 'EACCES'],
  ["is the system's", '/etc/shadow', 'EACCES'],
  ['is to be written to the system', '/usr/lib/x', 'EROFS'],
  ['is missing in the system', '/usr/lib/nothing', 'ENOENT'],
  ['is a process', '/proc/1/environ', 'EACCES'],
  ['is the root', '/', 'EACCES'],
  ['is missing in what is protected', '/state/guess', 'ENOENT'],
] as const)('says nothing of what %s', (_, path, code) => {
  expect(of(path, code)).toBeUndefined()
})

test('names the server, the path and the setting, and none for what stays closed', () => {
  expect(denialText({ server: 'notes', path: '/srv/x', setting: 'write' })).toEqual({
    message: '"notes" was denied /srv/x, which its sandbox does not let it write',
    hint: 'to allow it, add "/srv/x" to sandbox.write of "notes" in servers.yaml',
  })
  expect(denialText({ server: 'notes', path: '/state/x', setting: 'closed' }).hint).not.toContain('sandbox.')
})

test('tells a file once, of each start anew, and of a server that is not confined nothing', () => {
  const told: string[] = []
  const denials = new FileDenials(disk, ({ path }) => told.push(path))
  const line = "Error: ENOENT: no such file or directory, open '/srv/data'"
  denials.heard('notes', line)
  denials.confined('notes', { profile, protect })
  for (let times = 0; times < 3; times += 1) denials.heard('notes', line)
  expect(told).toEqual(['/srv/data'])
  denials.confined('notes', { profile, protect })
  expect(denials.beside('notes', line)).toMatch(
    /^sidemux: "notes" was denied \/srv\/data.*\nhint: .*sandbox\.read/,
  )
  expect(told).toEqual(['/srv/data', '/srv/data'])
  denials.confined('notes', undefined)
  expect(denials.beside('notes', line)).toBeUndefined()
})

test('a server that names paths without end is told of a few', () => {
  const many = fakeFiles(Array.from({ length: 100 }, (_, at) => `/srv/${at}`).join('\n'))
  const told: string[] = []
  const denials = new FileDenials(many, ({ path }) => told.push(path))
  denials.confined('notes', { profile, protect })
  for (let at = 0; at < 100; at += 1) denials.heard('notes', `open /srv/${at}: permission denied`)
  expect(told).toHaveLength(32)
})
