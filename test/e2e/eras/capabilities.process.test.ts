/**
 * What a server is told of the host is what the host declared and what its entry lets cross, no more (promise 7); since
 * 2026-07-28 each request says it anew. The server's tool `told` answers with what it was told.
 */
import { afterAll, describe, expect, test } from 'vitest'
import { said, textOf, type Era, type Way } from './check.ts'
import { CAPABILITIES_NOT_YET, entryOf, heldTo } from './not-yet.ts'
import { anew, CHILDREN, HOSTS, shared, through, type Beside, type Child, type Host } from './pairs.ts'
import { EVERYTHING, type JsonObject } from './peer.ts'

const raw = (era: Era): Host => {
  const host = HOSTS.find((one) => one.era === era && one.raw !== undefined)
  if (host === undefined) throw new Error('there is no such host')
  return host
}
/** Which shows what it was told as it came, and asks whatever it was told. */
const rudeChild = (era: Era): Child => {
  const child = CHILDREN.find((one) => one.era === era && one.of === 'no SDK')
  if (child === undefined) throw new Error('there is no such server')
  return child
}
const named = new Set<string>()
function held(name: string, check: () => Promise<void>): void {
  const entry = entryOf(CAPABILITIES_NOT_YET, [name, name.replace(/^(old|new) host, (old|new) child: /, '')])
  if (entry !== undefined) named.add(entry)
  test(name, () => heldTo(entry, name, check))
}
afterAll(() => expect(CAPABILITIES_NOT_YET.filter((entry) => !named.has(entry))).toEqual([]))

type Question = 'form' | 'url' | 'roots' | 'model'

interface Case {
  readonly title: string
  /** The entry of its server, as it is named in `ENTRIES`. */
  readonly entry?: keyof typeof ENTRIES
  readonly told: JsonObject
  /** What the server asks all the same, in vain. */
  readonly rude?: readonly Question[]
}

const ENTRIES = { usual: {}, open: { sampling: 'allow' }, shut: { elicitation: 'off', roots: 'off' } }

/** What a host declares, and what servers beside each other are told of it. All shapes: test/relay/capabilities.test.ts. */
const CASES: readonly { readonly declared: JsonObject; readonly cases: readonly Case[] }[] = [
  { declared: {}, cases: [{ title: 'nothing', told: {} }] },
  {
    declared: { elicitation: {} },
    cases: [{ title: 'forms, as {}', told: { elicitation: {} }, rude: ['url', 'roots'] }],
  },
  {
    declared: { elicitation: { url: {} } },
    cases: [{ title: 'pages only', told: { elicitation: { url: {} } }, rude: ['form'] }],
  },
  {
    declared: {
      ...EVERYTHING,
      sampling: { tools: {}, context: {} },
      experimental: { 'example.com/x': {} },
      tasks: { list: {} },
      extensions: { 'example.com/y': {} },
    },
    cases: [
      {
        title: 'sampling, which is off unless the entry allows it',
        told: { elicitation: { form: {}, url: {} }, roots: { listChanged: true } },
        rude: ['model'],
      },
      {
        title: 'what nobody relays: experiments, tasks, unknown extensions',
        entry: 'open',
        told: {
          elicitation: { form: {}, url: {} },
          roots: { listChanged: true },
          sampling: { tools: {}, context: {} },
        },
      },
      { title: 'everything, where the entry allows nothing of it', entry: 'shut', told: {} },
    ],
  },
]

/** `{}` stands for forms (2025-11-25 client/elicitation); the SDKs' servers say so. */
const withForms = (told: JsonObject): JsonObject =>
  JSON.stringify(told['elicitation']) === '{}' ? { ...told, elicitation: { form: {} } } : told

const ERAS = ['old', 'new'] as const
const idOf = (child: Era, entry = 'usual'): string => `kid-${child}-${entry}`

/** A sidecar for each set of capabilities, with a server of each era for each entry that the cases name. */
const companies = ERAS.flatMap((host) =>
  CASES.map(({ declared, cases }) => {
    const servers = ERAS.flatMap((child) =>
      cases.map(({ entry }): [string, Beside] => [
        idOf(child, entry),
        { child: rudeChild(child), entry: ENTRIES[entry ?? 'usual'] },
      ]),
    )
    const company = shared(() => through(raw(host), Object.fromEntries(servers), declared))
    const to = async (child: Era, entry?: string): Promise<Way> =>
      anew((await company()).to(idOf(child, entry)))
    return { host, cases, to }
  }),
)

for (const { host, cases, to } of companies)
  describe.each(ERAS)(`${host} host, %s child`, (child) => {
    for (const { title, entry, told, rude = [] } of cases) {
      held(`${host} host, ${child} child: told ${title}`, async () => {
        const { capabilities } = await said(await to(child, entry), 'told')
        expect([told, withForms(told)]).toContainEqual(capabilities)
      })
      for (const what of rude)
        held(
          `${host} host, ${child} child: ${title}: a ${what} question of a rude server reaches no host`,
          async () => {
            const way = await to(child, entry)
            const said = await way.peer.call(way.name('ask-rudely'), { what }).then(textOf, () => 'an error')
            expect(way.peer.asked).toEqual([])
            expect(said).not.toContain('It was answered')
          },
        )
    }
  })

/** The host of 2026-07-28 that declares nothing. */
const bare = async (): Promise<Way> => {
  const company = companies.find(({ host, cases }) => host === 'new' && cases[0]?.title === 'nothing')
  if (company === undefined) throw new Error('there is none')
  return company.to('new')
}

held('new host, new child: each request tells anew what the host can do', async () => {
  const way = await bare()
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
  const way = await bare()
  await expect(way.peer.call(way.name('ask-form'))).rejects.toMatchObject({
    code: -32_021,
    data: { requiredCapabilities: { elicitation: expect.anything() as unknown } },
  })
})
