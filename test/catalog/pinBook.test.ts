import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { Catalog } from '../../src/catalog/catalog.ts'
import { PinBook } from '../../src/catalog/pinBook.ts'
import type { Offers } from '../../src/upstream/offer.ts'

const tool = { name: 'get_x', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }

function book(): { dir: string; open: () => PinBook; file: () => string } {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-pins-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return {
    dir,
    open: () => new PinBook(dir, '/somewhere/servers.yaml'),
    file: () => join(dir, 'pins', readdirSync(join(dir, 'pins'))[0] ?? ''),
  }
}

it('remembers definitions and eras between runs, 0600', () => {
  const { open, file } = book()
  open().see('box', 'launch', [tool])
  open().setEra('box', 'launch', 'legacy')
  expect(open().pins('box', 'launch')?.tools).toEqual({ get_x: tool })
  expect(open().era('box', 'launch')).toBe('legacy')
  expect(statSync(file()).mode & 0o777).toBe(0o600)
  open().setEra('box', 'launch', undefined)
  expect(open().era('box', 'launch')).toBeUndefined()
  expect(open().pins('box', 'launch')?.tools).toEqual({ get_x: tool })
})

it('is void for another launch command, and forgets neither (promise 5)', () => {
  const { open } = book()
  open().see('box', 'launch', [tool])
  expect(open().pins('box', 'other')).toBeUndefined()
  open().see('box', 'other', [])
  expect(open().pins('box', 'launch')?.tools).toEqual({ get_x: tool })
})

it('two sidecars add to one book', () => {
  const { open } = book()
  const [one, two] = [open(), open()]
  one.see('a', 'l', [tool])
  two.see('b', 'l', [tool])
  one.see('a', 'l', [tool, { name: 'second' }])
  expect(open().pins('b', 'l')?.tools).toEqual({ get_x: tool })
  expect(Object.keys(open().pins('a', 'l')?.tools ?? {})).toEqual(['get_x', 'second'])
})

it('a damaged book is an error with a next step, never an empty book (promise 1)', () => {
  const { open, file } = book()
  open().see('box', 'launch', [tool])
  for (const text of ['', '{', '[]', '{"version":2}']) {
    writeFileSync(file(), text)
    expect(() => open().pins('box', 'launch')).toThrow(/is damaged/)
    expect(readFileSync(file(), 'utf8')).toBe(text)
  }
})

it('keeps the tools of a server that is down listed, and accepts a change when told', () => {
  const { open } = book()
  const servers = [{ id: 'box', launchHash: 'launch', rules: {} }]
  open().see('box', 'launch', [tool])
  const catalog = new Catalog(servers, open())
  catalog.loadPinned()
  expect(catalog.list('tools', { flat: false, pages: false }).map((one) => one['name'])).toEqual([
    'box_get_x',
  ])
  const changed = { ...tool, description: 'new' }
  catalog.take('box', offering([changed]))
  expect(catalog.find('tool', 'box_get_x')?.target.verdict.kind).toBe('confirm')
  open().accept('box', 'launch', [changed])
  catalog.take('box', offering([changed]))
  expect(catalog.find('tool', 'box_get_x')?.target.verdict.kind).toBe('allow')
})

it('one server can not take the emitted name of another tool of its own, nor of another server', () => {
  const { open } = book()
  const catalog = new Catalog(
    [
      { id: 'a', launchHash: 'l', rules: {} },
      { id: 'b', launchHash: 'l', rules: {} },
    ],
    open(),
  )
  catalog.take('a', offering([tool]))
  catalog.take('b', offering([tool]))
  expect(catalog.list('tools', { flat: false, pages: false }).map((one) => one['name'])).toEqual([
    'a_get_x',
    'b_get_x',
  ])
})

function offering(tools: Offers['tools']): Offers {
  return { tools, prompts: [], resources: [], templates: [], capabilities: {}, cache: {} }
}
