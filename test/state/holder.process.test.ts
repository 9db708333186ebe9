/** Whom something on disk belongs to: only what is certain is called gone or alive. */
import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { standing, thisProcess, type Holder } from '../../src/state/holder.ts'

const dead = spawnSync(process.execPath, ['--version']).pid
const here = thisProcess()
const OUTER = 'pid:[4026531836]'
const linux: Holder = { pid: process.pid, began: here.began, boot: 'a', namespace: OUTER, host: 'h' }
const other: Holder = { pid: process.pid, began: '', boot: '', namespace: '', host: 'h' }

const cases: readonly [what: string, holder: Holder, self: Holder, expected: string][] = [
  ['this process', here, here, here.began === '' ? 'likely' : 'alive'],
  ['a process that has ended', { ...here, pid: dead }, here, 'gone'],
  [
    'another process that has its id by now',
    { ...linux, began: '1' },
    linux,
    here.began === '' ? 'likely' : 'gone',
  ],
  ['a living process of which only the id is known', { ...linux, began: '' }, linux, 'likely'],
  [
    'an ended process of another container',
    { ...linux, pid: dead, namespace: 'pid:[1]' },
    linux,
    'elsewhere',
  ],
  [
    'a process of the outermost namespace, seen from a container',
    linux,
    { ...linux, namespace: 'pid:[1]' },
    'elsewhere',
  ],
  ['a process from before the reboot', { ...linux, boot: 'b' }, linux, 'gone'],
  [
    'a container of the same name on another machine',
    { ...linux, boot: 'b', namespace: 'pid:[1]' },
    { ...linux, namespace: 'pid:[1]' },
    'elsewhere',
  ],
  ['a process of another machine', { ...linux, boot: 'b', host: 'i' }, linux, 'elsewhere'],
  ['an ended process, where there is no /proc', { ...other, pid: dead }, other, 'gone'],
  ['a living process, where there is no /proc', other, other, 'likely'],
  ['another machine, where there is no /proc', { ...other, pid: dead, host: 'i' }, other, 'elsewhere'],
  ['who had no /proc, seen by who has', { ...other, pid: dead }, linux, 'elsewhere'],
]

it.each(cases)('%s', (_what, holder, self, expected) => {
  expect(standing(holder, self)).toBe(expected)
})
