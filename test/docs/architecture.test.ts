/** ARCHITECTURE.md leads to what there is: every path, every room of src/, every name that it says to look for. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { linksOf } from './links.ts'
import { read, ROOT } from './repository.ts'

const page = read('ARCHITECTURE.md')
const rows = page.split('\n').filter((line) => line.startsWith('| '))

const foldersOf = (path: string): string[] =>
  readdirSync(join(ROOT, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)

describe('ARCHITECTURE.md', () => {
  it('names only paths that exist', () => {
    const named = [...page.matchAll(/`((?:src|test|docs|bench|examples)\/[\w./-]*)`/gu)].map(
      ([, path = '']) => path,
    )
    expect(named.length).toBeGreaterThan(50)
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })

  it('calls a link by the end of the path that it leads to', () => {
    const called = [...page.matchAll(/\[`([\w./-]+\.ts|[\w./-]+\/)`\]\(([^)#]+)\)/gu)]
    const wrong = called.filter(([, name = '', path = '']) =>
      name.endsWith('/') ? !`${path}/`.includes(name) : !path.endsWith(name),
    )
    expect(wrong.map(([link]) => link)).toEqual([])
  })

  it('names every room of src/', () => {
    const table = page.slice(page.indexOf('## The rooms'), page.indexOf('## The floors'))
    const rooms = readdirSync(join(ROOT, 'src')).map((name) => `src/${name}`)
    const unnamed = rooms.filter(
      (room) => !table.includes(`\`${statSync(join(ROOT, room)).isDirectory() ? `${room}/` : room}\``),
    )
    expect(unnamed).toEqual([])
  })

  it('names every folder inside of the large rooms', () => {
    const table = page.slice(page.indexOf('### Inside the large rooms'), page.indexOf('## The floors'))
    const said = new Map(
      [...table.matchAll(/^\| `src\/(\w+)\/` \| (.*)$/gmu)].map(([, room = '', text = '']) => [room, text]),
    )
    const named = [...said].map(([room, text]) => [
      room,
      new Set([...text.matchAll(/`([\w-]+)\/`/gu)].map(([, name = '']) => name)),
    ])
    const rooms = foldersOf('src').filter((room) => foldersOf(`src/${room}`).length > 0)
    expect(new Map(named as [string, Set<string>][])).toEqual(
      new Map(rooms.map((room) => [room, new Set(foldersOf(`src/${room}`))])),
    )
  })

  it('shows the floors as test/architecture.test.ts has them', () => {
    const picture = /## The floors[^]*?```\n([^]*?)```/u.exec(page)?.[1] ?? ''
    const drawn = picture
      .trim()
      .split('\n')
      .map((line) => (line.trim().split(/ {6,}(?=the only)/u)[0] ?? '').trim().split(/\s+/u).toSorted())
    const list = /const FLOORS = \[([^]*?)\n\]/u.exec(read('test/architecture.test.ts'))?.[1] ?? ''
    const floors = [...list.matchAll(/\[([^\]]*)\]/gu)].map(([, names = '']) =>
      [...names.matchAll(/'([\w-]+)'/gu)].map(([, name = '']) => name).toSorted(),
    )
    expect(floors.length).toBeGreaterThan(8)
    expect(drawn).toEqual(floors.toReversed())
  })

  it('tells the stages in the order of src/pipeline/order.ts', () => {
    const order = [...read('src/pipeline/order.ts').matchAll(/^ {4}(\w+)(?:\(deps\.\w+\))?,/gmu)].map(
      ([, name]) => name,
    )
    const picture = [...page.matchAll(/^.{37}(\w+) {1,10}\S/gmu)].map(([, name]) => name)
    const table = [...page.matchAll(/^\| \[`(\w+)`\]\(src\/pipeline\/stages/gmu)].map(([, name]) => name)
    expect(order.length).toBeGreaterThan(9)
    expect(picture.filter((name) => order.includes(name))).toEqual(order)
    expect(['unwrapCall', 'turnAway', ...table]).toEqual(order)
  })

  it('has each stage in the corridor', () => {
    const used = read('src/pipeline/order.ts')
    const stages = readdirSync(join(ROOT, 'src/pipeline/stages'))
    const texts = stages.map((file) => read(join('src/pipeline/stages', file)))
    const lost = stages.filter((file) => ![used, ...texts].some((text) => text.includes(`/${file}'`)))
    expect(lost).toEqual([])
  })

  it.each(rows.filter((row) => /^\| (?:is|are|does|do|becomes|stands) /u.test(row)))(
    'finds what stands in its row: %s',
    (row) => {
      const [, , , names = ''] = row.split('|')
      const files = linksOf(row).map(({ target }) => target)
      const sought = [...names.matchAll(/`([^`]+)`/gu)].map(([, name = '']) => name)
      expect([files.length, sought.length]).not.toContain(0)
      // Where a reader looks first there is what he looks for.
      expect(read(files[0] ?? '')).toContain(sought[0])
      const text = files.map((file) => read(file)).join('\n')
      expect(sought.filter((name) => !text.includes(name))).toEqual([])
    },
  )
})
