import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GrantBook } from '../../src/approval/grants/grant-book.ts'
import { covers, pickGrant, whyNotCovered } from '../../src/approval/grants/grant-coverage.ts'
import {
  checkWish,
  offerFor,
  type GrantOffer,
  type GrantWish,
} from '../../src/approval/grants/grant-offer.ts'
import { grantOf, type Grant } from '../../src/approval/grants/grants.ts'
import { disk } from '../../src/policy/where/disk.ts'
import { ELSEWHERE, type ServerPlace } from '../../src/policy/where/place.ts'
import { subjectOf } from './asked.ts'

type Args = Record<string, unknown>

const NOW = 1_800_000_000_000
const HOUR = 3_600_000
const subject = subjectOf('write_file')

let home = ''
let project = ''
let place: ServerPlace

beforeAll(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'sidemux-within-')))
  project = join(home, 'work', 'app')
  for (const dir of ['src', '.git', 'docs']) mkdirSync(join(project, dir), { recursive: true })
  mkdirSync(join(home, 'work', 'app-old'))
  mkdirSync(join(home, 'notes', 'deep'), { recursive: true })
  writeFileSync(join(project, 'src', 'a.ts'), '')
  symlinkSync(join(home, 'work', 'app-old'), join(project, 'src', 'out'))
  symlinkSync(join(project, '.git'), join(project, 'src', 'git'))
  symlinkSync(join(project, 'docs'), join(project, 'src', 'docs'))
  place = { base: join(home, 'elsewhere'), home, platform: process.platform, disk }
})

afterAll(() => {
  rmSync(home, { recursive: true, force: true })
})

const real = (text: string): string => text.replace('P:', project).replace('H:', home)
const all = (value: unknown): unknown =>
  typeof value === 'string'
    ? real(value)
    : Array.isArray(value)
      ? value.map(all)
      : value !== null && typeof value === 'object'
        ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, all(one)]))
        : value

function offered(
  args: Args,
  where: Partial<ServerPlace> = {},
  risk: 'write' | 'destructive' = 'write',
): GrantOffer {
  const whole = all(args) as Args
  const context = { tool: subject.tool, place: { ...place, ...where } }
  const offer = offerFor(risk, whole, false, whole, context)
  if (offer === undefined) throw new Error('nothing is offered')
  return offer
}

function granted(args: Args, wish: Partial<GrantWish>): Grant {
  const whole = all(args) as Args
  return grantOf(
    subject,
    { args: whole, shown: whole, risk: 'write' },
    { fixed: [], uses: undefined, ms: HOUR, ...wish },
    { id: 'one', salt: 's'.repeat(32), now: NOW },
  )
}

describe('which folders may be chosen (promise 4)', () => {
  test.each<[string, Args, string[], string | undefined]>([
    ['the project by default', { path: 'P:/src/a.ts' }, ['P:/src', 'P:', 'H:/work'], 'P:'],
    [
      'its own folder outside of one',
      { path: 'H:/notes/deep/a.md' },
      ['H:/notes/deep', 'H:/notes'],
      'H:/notes/deep',
    ],
    ['for a file that is not there yet', { file_path: 'P:/new/b.ts' }, ['P:/new', 'P:', 'H:/work'], 'P:'],
    ['what a list has in common', { paths: ['P:/src/a.ts', 'P:/docs/b.md'] }, ['P:', 'H:/work'], 'P:'],
    ['a link that stays inside', { path: 'P:/src/docs/b.md' }, ['P:', 'H:/work'], 'P:'],
    ['a folder that is there stays as it is', { path: 'P:' }, ['H:/work'], undefined],
    ['a repository, by its name', { repo_path: 'P:/new' }, ['P:', 'H:/work'], undefined],
    ['a file of the home directory', { path: 'H:/a.txt' }, [], undefined],
    ['a file of the system', { path: '/etc/systemd/system/a.service' }, [], undefined],
    ['two names', { path: '/srv/data/a.txt' }, [], undefined],
    ['a hidden file', { path: 'P:/.env' }, [], undefined],
    ['a hidden folder', { path: 'P:/.git/hooks/pre-commit' }, [], undefined],
    ['a link into a hidden folder', { path: 'P:/src/git/config' }, [], undefined],
    ['a link that leads out', { path: 'P:/src/out/a.ts' }, ['H:/work'], undefined],
    ['a step upwards', { path: 'P:/src/../b.ts' }, [], undefined],
    ['an encoded step that stays inside', { path: 'P:/src/%2e%2e/b.ts' }, ['P:', 'H:/work'], 'P:'],
    ['a variable', { path: 'P:/$X/b.ts' }, [], undefined],
    ['the home directory by its sign', { path: '~/work/app/a.ts' }, [], undefined],
    ['an address', { path: 'file:///home/me/work/app/a.ts' }, [], undefined],
    ['a sign of a pattern', { path: 'P:/*/b.ts' }, ['P:', 'H:/work'], 'P:'],
    ['a number', { path: 7 }, [], undefined],
    ['an empty list', { paths: [] }, [], undefined],
    ['one of a list that is hidden', { paths: ['P:/src/a.ts', 'P:/.env'] }, [], undefined],
    ['what is no path by its name', { content: 'P:/src/a.ts' }, [], undefined],
    ['relative to another argument', { path: 'P:', files: ['src/a.ts'] }, ['H:/work'], undefined],
  ])('%s', (_, args, folders, byDefault) => {
    const name = Object.keys(args)[0] ?? ''
    const { within } = offered(args)
    expect(within?.[name]?.folders ?? []).toEqual(folders.map(real))
    expect(within?.[name]?.byDefault).toBe(byDefault && real(byDefault))
    for (const folder of folders) {
      const grant = granted(args, { within: { [name]: real(folder) } })
      expect(covers(grant, subject, all(args) as Args, NOW, place)).toBe(true)
    }
  })

  test.each<[string, Args, string[]]>([
    ['in a repository', { files: ['src/a.ts', 'docs/b.md'], repo_path: 'P:' }, ['P:']],
    ['in one folder of it', { filesToStage: ['src/a.ts'], path: 'P:', message: 'x' }, ['P:/src', 'P:']],
    ['not there yet', { paths: ['new/b.ts'], path: 'P:' }, ['P:/new', 'P:']],
    ['a hidden file', { files: ['src/a.ts', './.env'], path: 'P:' }, []],
    ['a step out', { files: ['../app-old/a.ts'], path: 'P:' }, []],
    ['through a link that leads out', { files: ['src/out/a.ts'], path: 'P:' }, []],
    ['all of it', { files: ['.'], path: 'P:' }, []],
    ['all of it, as git writes it', { files: [':/'], path: 'P:' }, []],
    ['a sign for many', { files: ['src/*.ts'], path: 'P:' }, []],
    ['a switch', { files: ['-A', 'src/a.ts'], path: 'P:' }, []],
    ['beside a folder that is not there', { files: ['src/a.ts'], path: 'P:/none' }, []],
    ['beside a file', { files: ['b/a.ts'], path: 'P:/src/a.ts' }, []],
    ['beside a relative folder', { files: ['src/a.ts'], path: 'work/app' }, []],
    ['beside two folders', { files: ['src/a.ts'], path: 'P:', cwd: 'H:' }, []],
    ['beside where it goes', { files: ['src/a.ts'], destination: 'P:' }, []],
  ])('relative files, %s', (_, args, folders) => {
    const [name = ''] = Object.keys(args)
    const { within } = offered(args)
    expect(within?.[name]?.folders ?? []).toEqual(folders.map(real))
  })

  test('relative files are covered beside the folder that the grant fixes, and no other', () => {
    const args = { files: ['src/a.ts'], path: 'P:' }
    const fixed = granted(args, { fixed: ['path'], within: { files: project } })
    const free = granted(args, { within: { files: project } })
    const covered = (grant: Grant, more: Args, where = place) =>
      covers(grant, subject, all({ ...args, ...more }) as Args, NOW, where)
    expect(covered(fixed, { files: ['docs/b.md', 'src/a.ts'] })).toBe(true)
    expect(covered(fixed, { files: ['docs/b.md', '.git/config'] })).toBe(false)
    expect(covered(fixed, { path: 'H:/work/app-old' })).toBe(false)
    expect(covered(free, {})).toBe(false)
    // A file of the same name where the server works could be meant.
    mkdirSync(join(home, 'elsewhere', 'src'), { recursive: true })
    writeFileSync(join(home, 'elsewhere', 'src', 'a.ts'), '')
    expect(covered(fixed, {})).toBe(false)
    rmSync(join(home, 'elsewhere'), { recursive: true })
    expect(covered(fixed, {}, { ...place, base: undefined })).toBe(false)
    expect(covered(fixed, {}, { ...place, base: project })).toBe(true)
  })

  test('where the server works, or what it was started for, is the project too', () => {
    const args = { path: 'H:/notes/deep/a.md' }
    expect(offered(args, { base: join(home, 'notes') }).within?.['path']?.byDefault).toBe(real('H:/notes'))
    expect(offered(args, { roots: [join(home, 'notes')] }).within?.['path']?.byDefault).toBe(real('H:/notes'))
    // All of home is not chosen, however the server was started.
    expect(offered(args, { roots: [home] }).within?.['path']?.byDefault).toBe(real('H:/notes/deep'))
    expect(offered({ path: 'deep/a.md' }, { base: join(home, 'notes') }).within?.['path']).toEqual({
      folders: ['H:/notes/deep', 'H:/notes'].map(real),
      byDefault: real('H:/notes'),
    })
  })

  test('a word is a path only where argument and value say so', () => {
    const at = { base: project }
    expect(offered({ target: 'e12', element: 'a button' }, at).within).toBeUndefined()
    expect(offered({ target: 'docs/a.md' }, at).within).toBeUndefined()
    expect(offered({ path: 'name' }, at).within).toBeUndefined()
    expect(offered({ path: 'docs/name' }, at).within?.['path']?.byDefault).toBe(project)
    expect(offered({ target: 'P:/docs/a.md' }, at).within?.['target']?.byDefault).toBe(project)
  })

  test('never by default for what can not be undone, and where links can not be followed', () => {
    const args = { path: 'P:/src/a.ts' }
    expect(offered(args, {}, 'destructive').within).toEqual({
      path: { folders: ['P:/src', 'P:', 'H:/work'].map(real) },
    })
    const elsewhere = offered({ path: '/data/app/src/x/a.ts', other: 1 }, { ...ELSEWHERE, disk: undefined })
    expect(elsewhere.within).toEqual({ path: { folders: ['/data/app/src/x', '/data/app/src'] } })
    expect(offered({ path: 'src/x/y/z/a.ts' }, { ...ELSEWHERE, disk: undefined }).within).toBeUndefined()
  })

  test('drives and backslashes of Windows', () => {
    const windows = { base: undefined, home: 'C:\\Users\\me', platform: 'win32', disk: undefined } as const
    const folders = (path: string) =>
      offerFor('write', { path }, false, { path }, { tool: 'write_file', place: windows })?.within?.['path']
        ?.folders
    expect(folders('C:\\Users\\me\\app\\src\\a.ts')).toEqual(['C:/Users/me/app/src', 'C:/Users/me/app'])
    expect(folders('C:\\Windows\\System32\\drivers\\etc\\hosts')).toBeUndefined()
    expect(folders('\\\\host\\share\\a\\b\\c.ts')).toBeUndefined()
    expect(folders('C:app\\a\\b\\c.ts')).toBeUndefined()
  })

  test('nothing of what was masked is kept', () => {
    const args = { path: real('P:/src/a.ts') }
    const offer = offerFor('write', args, false, { path: '***' }, { tool: 'write_file', place })
    expect(offer?.within).toBeUndefined()
  })
})

describe('what lies below it (promise 4)', () => {
  test.each<[string, Args, boolean]>([
    ['another file', { path: 'P:/src/b.ts' }, true],
    ['deeper, not there yet', { path: 'P:/src/new/deep/c.ts' }, true],
    ['a link that stays inside', { path: 'P:/src/docs/b.md' }, true],
    ['each of a list', { path: ['P:/src/b.ts', 'P:/docs/c.md'] }, true],
    ['the folder itself', { path: 'P:' }, false],
    ['the folder itself, with a slash', { path: 'P:/' }, false],
    ['a sibling that begins alike', { path: 'P:-old/a.ts' }, false],
    ['steps out', { path: 'P:/../app-old/a.ts' }, false],
    ['steps out from below', { path: 'P:/src/../../app-old/a.ts' }, false],
    ['a step out of a link', { path: 'P:/src/out/../../x.ts' }, false],
    ['encoded steps', { path: 'P:/%2e%2e/app-old/a.ts' }, false],
    ['encoded twice', { path: 'P:/%252e%252e/app-old/a.ts' }, false],
    ['backslashes', { path: 'P:/src\\..\\..\\app-old/a.ts' }, false],
    ['a link that leads out', { path: 'P:/src/out/a.ts' }, false],
    ['a link into a hidden folder', { path: 'P:/src/git/hooks/x' }, false],
    ['a hidden file', { path: 'P:/.env' }, false],
    ['a hidden folder, encoded', { path: 'P:/%2egit/config' }, false],
    ['a look-alike of a dot', { path: 'P:/\uff0egit/config' }, false],
    ['one of a list outside', { path: ['P:/src/b.ts', 'H:/work/app-old/a.ts'] }, false],
    ['one of a list that is no text', { path: ['P:/src/b.ts', 7] }, false],
    ['an empty list', { path: [] }, false],
    ['the argument left out', {}, false],
    ['an object', { path: { path: 'P:/src/b.ts' } }, false],
    ['a NUL', { path: 'P:/src/b.ts\0/../../x' }, false],
    ['relative', { path: 'src/b.ts' }, false],
    ['the home directory by its sign', { path: '~/work/app/src/b.ts' }, false],
    ['an address', { path: 'file://P:/src/b.ts' }, false],
    ['two paths in one', { path: 'P:/src/b.ts:/etc/passwd' }, false],
    ['one argument more', { path: 'P:/src/b.ts', mode: 7 }, false],
  ])('%s', (_, args, isCovered) => {
    const grant = granted({ path: 'P:/src/a.ts' }, { within: { path: project } })
    const why = whyNotCovered(grant, subject, all(args) as Args, NOW, place)
    expect(why === undefined, why).toBe(isCovered)
    // Where the server's paths are isn't known: nothing is.
    expect(covers(grant, subject, all(args) as Args, NOW)).toBe(false)
  })

  test.runIf(process.platform === 'linux')('other letters are another folder', () => {
    const grant = granted({ path: 'P:/src/a.ts' }, { within: { path: project } })
    expect(covers(grant, subject, { path: `${home}/work/APP/a.ts` }, NOW, place)).toBe(false)
  })

  test('links count as they are when it is used', () => {
    const grant = granted({ path: 'P:/src/a.ts' }, { within: { path: project } })
    const path = join(project, 'later', 'x.ts')
    expect(covers(grant, subject, { path }, NOW, place)).toBe(true)
    symlinkSync(join(home, 'notes'), join(project, 'later'))
    expect(covers(grant, subject, { path }, NOW, place)).toBe(false)
    rmSync(join(project, 'later'))
  })

  test('a relative path beside a folder is relative to that one, so it is not covered', () => {
    const at = { ...place, base: project }
    const grant = granted({ files: ['src/a.ts'], repo: 'x' }, { within: { files: project } })
    expect(covers(grant, subject, { files: ['src/a.ts'] }, NOW, at)).toBe(true)
    expect(covers(grant, subject, { files: ['src/a.ts'], repo: 'x' }, NOW, at)).toBe(false)
  })

  test('a folder that was made a link later covers nothing', () => {
    const folder = join(home, 'notes', 'deep')
    const grant = granted({ path: 'H:/notes/deep/a.md' }, { within: { path: folder } })
    const covered = () => covers(grant, subject, { path: join(folder, 'config') }, NOW, place)
    expect(covered()).toBe(true)
    rmSync(folder, { recursive: true })
    symlinkSync(join(project, '.git'), folder)
    expect(covered()).toBe(false)
    rmSync(folder)
    mkdirSync(folder)
  })

  test('the one value is used before the folder, and that before any value', () => {
    const args = all({ path: 'P:/src/a.ts' }) as Args
    const make = (id: string, wish: Partial<GrantWish>) => ({ ...granted(args, wish), id })
    const exact = make('exact', { fixed: ['path'] })
    const folder = make('folder', { within: { path: project } })
    const any = make('any', {})
    expect(pickGrant([any, folder, exact], subject, args, NOW, place)).toBe(exact)
    expect(pickGrant([any, folder], subject, args, NOW, place)).toBe(folder)
  })
})

test('a wish stays within the offer', () => {
  const offer = offered({ path: 'P:/src/a.ts', content: 'x' })
  const check = (wish: Partial<GrantWish>) =>
    checkWish(offer, { fixed: [], uses: undefined, ms: HOUR, ...wish })
  expect(check({ within: { path: project } })).toBeUndefined()
  for (const folder of ['/', home, join(home, 'notes'), `${project}/`, '/etc'])
    expect(check({ within: { path: folder } })).toMatch(/folder .* not offered/)
  expect(check({ within: { content: project } })).toMatch(/not offered/)
  expect(check({ within: { toString: project } })).toMatch(/not offered/)
  expect(check({ fixed: ['path'], within: { path: project } })).toMatch(/fixed and free/)
  const destructive = offered({ path: 'P:/src/a.ts' }, {}, 'destructive')
  const wish = { fixed: [], within: { path: project }, uses: 5, ms: HOUR }
  expect(checkWish(destructive, wish)).toBeUndefined()
  expect(checkWish(destructive, { ...wish, within: {} })).toMatch(/at least one argument/)
})

test('the book keeps the folder, and another process judges by it', () => {
  const options = {
    stateDir: join(home, 'state'),
    configFile: '/x/servers.yaml',
    now: () => NOW,
    onError: ({ message }: Error) => expect.fail(message),
  }
  const args = all({ path: 'P:/src/a.ts', content: 'x' }) as Args
  const call = { args, shown: args, offer: offered(args) }
  const wish = { fixed: [], within: { path: project }, uses: undefined, ms: HOUR }
  const { id } = new GrantBook(options).remember(subject, call, wish)
  const book = new GrantBook(options)
  expect(book.list()).toMatchObject([{ id, within: { path: project }, fixed: {}, free: ['content'] }])
  expect(book.use(subject, { path: join(project, 'docs/b.md'), content: 'y' }, place)?.id).toBe(id)
  expect(book.use(subject, { path: join(home, 'notes/b.md'), content: 'y' }, place)).toBeUndefined()
  expect(book.use(subject, { path: join(project, 'docs/b.md'), content: 'y' })).toBeUndefined()
})
