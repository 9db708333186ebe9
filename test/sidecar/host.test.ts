/** A host hears of a changed list only where it differs from what it was answered last. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { HostContact } from '../../src/sidecar/host/host.ts'
import type { OfferKind } from '../../src/upstream/messages/offer.ts'

type List = readonly Record<string, unknown>[]

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function linked(listens = false): {
  link: HostContact
  lists: Record<string, List>
  heard: () => readonly string[]
} {
  const lists: Record<string, List> = { tools: [], prompts: [], resources: [], templates: [], flat: [] }
  const told: string[] = []
  const link = new HostContact({
    mask: (_server, value) => value,
    list: (kind, { flat }) => lists[flat ? 'flat' : kind] ?? [],
    rules: () => {
      throw new Error('nothing is asked')
    },
  })
  link.connected({ hearsLogs: !listens, listens, notify: (method) => told.push(method) })
  const heard = (): readonly string[] => {
    vi.advanceTimersByTime(1000)
    return told.splice(0)
  }
  return { link, lists, heard }
}

const PLAIN = { flat: false, pages: false }
const A: List = [{ name: 'a' }]
const B: List = [{ name: 'b' }]

it.each<[string, List | undefined, List, readonly string[]]>([
  ['what it has not asked for', undefined, A, []],
  ['what it was told already', A, A, []],
  ['the same in another copy', A, [{ name: 'a' }], []],
  ['another list', A, B, ['notifications/tools/list_changed']],
  ['an emptied one', A, [], ['notifications/tools/list_changed']],
])('%s', (_what, answered, now, told) => {
  const { link, lists, heard } = linked()
  if (answered !== undefined) link.listed('tools', answered, PLAIN)
  lists['tools'] = now
  link.onListsChanged(['tools'])
  expect(heard()).toEqual(told)
})

it('hears nothing of a list that changed and changed back, or that it fetched meanwhile', () => {
  const { link, lists, heard } = linked()
  link.listed('tools', A, PLAIN)
  lists['tools'] = B
  link.onListsChanged(['tools'])
  lists['tools'] = A
  link.onListsChanged(['tools'])
  expect(heard()).toEqual([])
  lists['tools'] = B
  link.onListsChanged(['tools'])
  link.listed('tools', B, PLAIN)
  expect(heard()).toEqual([])
})

it('that never listed hears of what it asked to hear of', () => {
  const { link, heard } = linked(true)
  link.onListsChanged(['tools'])
  expect(heard()).toEqual(['notifications/tools/list_changed'])
})

it('is judged by the form of the list that it gets', () => {
  const { link, lists, heard } = linked()
  link.listed('tools', A, { ...PLAIN, flat: true })
  lists['flat'] = A
  lists['tools'] = B
  link.onListsChanged(['tools'])
  expect(heard()).toEqual([])
})

it('hears of resources once, whether they or their templates differ', () => {
  const { link, lists, heard } = linked()
  const kinds: readonly OfferKind[] = ['resources', 'templates', 'prompts']
  for (const kind of kinds) link.listed(kind, [], PLAIN)
  lists['templates'] = A
  link.onListsChanged(kinds)
  expect(heard()).toEqual(['notifications/resources/list_changed'])
})
