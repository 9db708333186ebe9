/**
 * What a server is told of the host is what the host declared and what its entry lets cross, no more (promise 7); since
 * 2026-07-28 each request says it anew. The server's tool `told` answers with what it was told.
 */
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { said, textOf } from './check.ts'
import { CAPABILITIES_NOT_YET, entryOf, heldTo } from './not-yet.ts'
import { CHILDREN, HOSTS, shared, throughHere, type Child, type Host, type Running } from './pairs.ts'
import { EVERYTHING, type JsonObject } from './peer.ts'

const raw = (era: 'old' | 'new'): Host => {
  const host = HOSTS.find((one) => one.era === era && one.raw !== undefined)
  if (host === undefined) throw new Error('there is no such host')
  return host
}
/** Which shows what it was told as it came, and asks whatever it was told. */
const rudeChild = (era: 'old' | 'new'): Child => {
  const child = CHILDREN.find((one) => one.era === era && one.of === 'no SDK')
  if (child === undefined) throw new Error('there is no such server')
  return child
}
const MEETINGS = (['old', 'new'] as const).flatMap((host) =>
  (['old', 'new'] as const).map((child) => [host, child] as const),
)

const named = new Set<string>()
function held(name: string, check: () => Promise<void>): void {
  const entry = entryOf(CAPABILITIES_NOT_YET, [name, name.replace(/^(old|new) host, (old|new) child: /, '')])
  if (entry !== undefined) named.add(entry)
  test(name, () => heldTo(entry, name, check))
}
afterAll(() => expect(CAPABILITIES_NOT_YET.filter((entry) => !named.has(entry))).toEqual([]))

async function started(...args: Parameters<typeof throughHere>): Promise<Running> {
  const running = await throughHere(...args)
  onTestFinished(() => running.close())
  return running
}

type Question = 'form' | 'url' | 'roots' | 'model'

interface Case {
  readonly title: string
  readonly declared: JsonObject
  readonly entry?: JsonObject
  readonly told: JsonObject
  /** What the server asks all the same, in vain. */
  readonly rude?: readonly Question[]
}

const CASES: readonly Case[] = [
  { title: 'nothing', declared: {}, told: {} },
  {
    title: 'forms, as {}',
    declared: { elicitation: {} },
    told: { elicitation: {} },
    rude: ['url', 'roots'],
  },
  {
    title: 'forms only',
    declared: { elicitation: { form: {} } },
    told: { elicitation: { form: {} } },
    rude: ['url'],
  },
  {
    title: 'pages only',
    declared: { elicitation: { url: {} } },
    told: { elicitation: { url: {} } },
    rude: ['form'],
  },
  { title: 'roots', declared: { roots: { listChanged: true } }, told: { roots: { listChanged: true } } },
  {
    title: 'sampling, which is off unless the entry allows it',
    declared: EVERYTHING,
    told: { elicitation: { form: {}, url: {} }, roots: { listChanged: true } },
    rude: ['model'],
  },
  {
    title: 'sampling with tools, where the entry allows it',
    declared: { sampling: { tools: {}, context: {} } },
    entry: { sampling: 'allow' },
    told: { sampling: { tools: {}, context: {} } },
  },
  {
    title: 'everything, where the entry allows nothing of it',
    declared: EVERYTHING,
    entry: { elicitation: 'off', roots: 'off' },
    told: {},
  },
  {
    title: 'what nobody relays: experiments, tasks, unknown extensions',
    declared: {
      experimental: { 'example.com/x': {} },
      tasks: { list: {} },
      extensions: { 'example.com/y': {} },
    },
    told: {},
  },
]

/** `{}` stands for forms (2025-11-25 client/elicitation); the SDKs' servers say so. */
const withForms = (told: JsonObject): JsonObject =>
  JSON.stringify(told['elicitation']) === '{}' ? { ...told, elicitation: { form: {} } } : told

describe.each(MEETINGS)('%s host, %s child', (host, child) => {
  for (const { title, declared, entry, told, rude = [] } of CASES) {
    const met = shared(() => throughHere(raw(host), rudeChild(child), declared, entry))
    held(`${host} host, ${child} child: told ${title}`, async () => {
      const way = await met()
      const { capabilities } = await said(way, 'told')
      expect([told, withForms(told)]).toContainEqual(capabilities)
    })
    for (const what of rude)
      held(
        `${host} host, ${child} child: ${title}: a ${what} question of a rude server reaches no host`,
        async () => {
          const way = await met()
          const said = await way.peer.call(way.name('ask-rudely'), { what }).then(textOf, () => 'an error')
          expect(way.peer.asked).toEqual([])
          expect(said).not.toContain('It was answered')
        },
      )
  }
})

held('new host, new child: each request tells anew what the host can do', async () => {
  const { way } = await started(raw('new'), rudeChild('new'), {})
  const told = async (capabilities: JsonObject): Promise<unknown> => {
    const _meta = { 'io.modelcontextprotocol/clientCapabilities': capabilities }
    const result = await way.raw?.request('tools/call', { name: way.name('told'), arguments: {}, _meta })
    return (JSON.parse(textOf(result ?? {})) as JsonObject)['capabilities']
  }
  const each = [{}, { elicitation: { form: {} } }, { roots: {} }, {}]
  for (const capabilities of each) expect(await told(capabilities)).toEqual(capabilities)
  const together = await Promise.all(each.map(told))
  expect(together).toEqual(each)
})

held('new host, new child: what a request lacks is said in the error of the server', async () => {
  const { way } = await started(raw('new'), rudeChild('new'), {})
  await expect(way.peer.call(way.name('ask-form'))).rejects.toMatchObject({
    code: -32_021,
    data: { requiredCapabilities: { elicitation: expect.anything() as unknown } },
  })
})
