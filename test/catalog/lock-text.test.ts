/** servers.lock as text: what it says comes back whole, and what it doesn't know is accepted by nobody (promises 1 and 5). */
import { describe, expect, it } from 'vitest'
import * as fc from '../random.ts'
import { lockText, type LockedServer } from '../../src/catalog/lock/lock-text.ts'
import { readLockText, UnusableLock } from '../../src/catalog/lock/read-lock-text.ts'
import { NO_PINS, type PinnedList } from '../../src/catalog/pins/pin.ts'
import { canonicalHash } from '../../src/json/canonical.ts'
import { parseJson } from '../../src/json/parse.ts'

const list = (...all: readonly { readonly name: string }[]): PinnedList => ({
  pinned: new Map(all.map((one) => [one.name, one])),
  isOver: true,
})
const box = (more: Partial<LockedServer> = {}): LockedServer => ({
  ...NO_PINS,
  launch: { command: 'npx', args: ['-y', 'box'] },
  era: 'legacy',
  tools: list({ name: 'get_x' }, { name: 'put_x' }),
  ...more,
})
const textOf = (servers: Readonly<Record<string, LockedServer>>): string =>
  lockText({ servers: new Map(Object.entries(servers)), faulty: new Map() })
const read = (text: string): ReturnType<typeof readLockText> => readLockText(text)

it('has an item a line, sorted, in the same order whatever came first', () => {
  const one = box({ tools: list({ name: 'put_x' }, { name: 'get_x' }) })
  expect(textOf({ tub: box(), box: one })).toBe(textOf({ box: box(), tub: box() }))
  const lines = textOf({ box: box() }).trimEnd().split('\n')
  expect(lines.map((line) => Object.keys(JSON.parse(line) as object).slice(0, 2))).toEqual([
    ['servers.lock', 'about'],
    ['server', 'sha256'],
    ['server', 'tool'],
    ['server', 'tool'],
    ['end'],
  ])
})

it('a tool that is added or changed is one line of a diff, whatever stands beside it', () => {
  const before = textOf({ box: box(), tub: box() }).split('\n')
  const after = textOf({
    box: box({ tools: list({ name: 'get_x' }, { name: 'new' }, { name: 'put_x' }) }),
    tub: box(),
  }).split('\n')
  expect(after.filter((line) => !before.includes(line))).toEqual([expect.stringContaining('"tool":"new"')])
  expect(before.filter((line) => !after.includes(line))).toEqual([])
})

it('shows what hides, and is the same JSON', () => {
  const sly = { name: 'a\u200Bb', description: 'ok\u202Etxt \u{E0041}\u00A0é中' }
  const text = textOf({ box: box({ tools: list(sly) }) })
  expect(text).toContain('ok\\u202etxt \\udb40\\udc41\\u00a0é中')
  expect(text).not.toMatch(/[\u200B\u202E\u00A0]/)
  expect(read(text).servers.get('box')?.tools.pinned.get(sly.name)).toEqual(sly)
})

it('says again what was written, whatever it is: names of objects, digits, members of members', () => {
  const name = fc.oneof(fc.anyText(), fc.constantFrom('__proto__', 'constructor', '', '"', '<<<<<<< x'))
  const definitions = fc.uniqueArray(fc.record({ name, more: fc.jsonValue() }), {
    selector: (one) => one.name,
    maxLength: 5,
  })
  fc.assert(
    fc.property(definitions, definitions, name, (tools, prompts, instructions) => {
      const sound = (all: readonly { readonly name: string }[]) =>
        list(
          ...all.filter(
            (one) => JSON.stringify(one).isWellFormed() && !/\\ud[89a-f]/i.test(JSON.stringify(one)),
          ),
        )
      const server = box({
        tools: sound(tools),
        prompts: sound(prompts),
        instructions: instructions.toWellFormed(),
      })
      const { servers, faulty } = read(textOf({ box: server }))
      expect(faulty.size).toBe(0)
      expect(textOf({ box: servers.get('box') ?? box() })).toBe(textOf({ box: server }))
      expect([...(servers.get('box')?.tools.pinned.keys() ?? [])].toSorted()).toEqual(
        [...server.tools.pinned.keys()].toSorted(),
      )
    }),
  )
  const exact = parseJson('{"name":"n","max":9007199254740993,"tiny":1e-400}') as { name: string }
  const back = read(textOf({ box: box({ tools: list(exact) }) }))
    .servers.get('box')
    ?.tools.pinned.get('n')
  expect(canonicalHash(back)).toBe(canonicalHash(exact))
})

it('is the same with the line ends of Windows, which git may write', () => {
  expect(read(textOf({ box: box() }).replaceAll('\n', '\r\n')).servers.get('box')).toEqual(box())
})

describe('of a file that is damaged as a whole nothing counts (promise 1)', () => {
  const whole = textOf({ box: box(), tub: box() })
  it.each([
    ['empty', '', /does not begin/],
    ['no servers.lock', '{"lockfileVersion":3}\n', /does not begin/],
    ['of a later version', whole.replace('"servers.lock":1', '"servers.lock":2'), /later sidemux/],
    ['cut off within a line', whole.slice(0, -30), /ends early/],
    ['cut off behind a line', `${whole.trimEnd().split('\n').slice(0, -1).join('\n')}\n`, /ends early/],
    ['cut off behind its first line', `${whole.split('\n')[0]}\n`, /ends early/],
    ['in conflict', whole.replace('\n', '\n<<<<<<< HEAD\n'), /conflict/],
    ['half resolved', whole.replace('\n', '\n=======\n'), /conflict/],
    ['with a line of something else', whole.replace('\n', '\nhello\n'), /no line of a servers\.lock/],
  ])('%s', (_what, text, message) => {
    expect(() => read(text)).toThrow(UnusableLock)
    expect(() => read(text)).toThrow(message)
  })

  it('cut off anywhere', () => {
    for (let length = 0; length < whole.length - 1; length += 1)
      expect(() => read(whole.slice(0, length))).toThrow(UnusableLock)
  })
})

describe('a line that is not what sidemux wrote costs its server, and no other', () => {
  const whole = textOf({ box: box(), tub: box() })
  const lines = whole.split('\n')
  const tool = lines.find((line) => line.includes('"box","tool":"get_x"')) ?? ''
  const server = lines.find((line) => line.startsWith('{"server":"box","sha256"')) ?? ''
  it.each([
    [
      'a definition that was edited',
      tool,
      tool.replace('{"name":"get_x"}', '{"name":"get_x","title":"sly"}'),
      /get_x.*hash/,
    ],
    [
      'another name over the same definition',
      tool,
      tool.replace('"tool":"get_x"', '"tool":"get_y"'),
      /get_y.*hash/,
    ],
    ['another kind', tool, tool.replace('"tool":', '"promt":'), /damaged/],
    ['a member more', tool, tool.replace('{"server"', '{"also":1,"server"'), /damaged/],
    ['a tool twice', tool, `${tool}\n${tool}`, /twice/],
    ['another launch', server, server.replace('npx', 'node'), /hash/],
    ['the launch twice', server, `${server}\n${server}`, /twice/],
    ['no launch', server, '', /missing/],
    ['a list that is said to be open', server, server.replace('"listed":["tools"]', '"listed":[]'), /hash/],
    ['a line cut in the middle', tool, tool.slice(0, 60), /damaged/],
  ])('%s', (_what, from, to, message) => {
    expect(to).not.toBe(from)
    const { servers, faulty } = read(whole.replace(from, () => to))
    expect([...servers.keys()]).toEqual(['tub'])
    const { fault, lines: own = [] } = faulty.get('box') ?? {}
    expect(fault?.message).toMatch(message)
    expect(fault?.line).toBeGreaterThan(1)
    expect(fault?.hint).toContain('sidemux pin box')
    // Whoever writes the file leaves them as they are.
    const again = lockText({ servers, faulty })
    for (const line of own) expect(again).toContain(line)
    expect([...read(again).faulty.keys()]).toEqual(['box'])
  })

  it('a tool whose line is taken out is one that nobody has accepted, also when it was the last one', () => {
    const none = lines.filter((line) => !line.includes('"box","tool"')).join('\n')
    expect(read(none).servers.get('box')?.tools).toEqual({ pinned: new Map(), isOver: true })
  })
})

it('two branches that add a tool each merge by their lines', () => {
  const [base, ours, theirs] = [[], [{ name: 'a_mine' }], [{ name: 'z_theirs' }]].map((more) =>
    textOf({ box: box({ tools: list({ name: 'get_x' }, { name: 'put_x' }, ...more) }) }).split('\n'),
  ) as [string[], string[], string[]]
  const added = (of: readonly string[]): readonly string[] => of.filter((line) => !base.includes(line))
  const at = (of: readonly string[], line: string): string => of[of.indexOf(line) - 1] ?? ''
  const merged = [...base]
  for (const [side, line] of [
    ...added(ours).map((one) => [ours, one] as const),
    ...added(theirs).map((one) => [theirs, one] as const),
  ])
    merged.splice(merged.indexOf(at(side, line)) + 1, 0, line)
  expect([...(read(merged.join('\n')).servers.get('box')?.tools.pinned.keys() ?? [])]).toEqual([
    'a_mine',
    'get_x',
    'put_x',
    'z_theirs',
  ])
})
