/** What the page's door takes and what it doesn't (promise 4); each refusal leaves the question undecided. */
import { connect } from 'node:net'
import { expect, it } from 'vitest'
import type { ProcessLooks } from '../../src/dashboard/caller/look.ts'
import { askPage, enter, post, send, setUp, type Sent, type Setup } from './support.ts'

async function inside(options?: Parameters<typeof setUp>[0]) {
  const setup = await setUp(options)
  const cookie = await enter(setup.links[0] ?? '')
  setup.clock.now += 3000
  const { port } = await setup.run()
  const [question] = setup.desk.pending()
  const yes = { sidecar: setup.dashboard.id, ids: [question?.id ?? ''], answer: 'approve' }
  return { ...setup, cookie, port, yes }
}

it('exchanges the link for a cookie, shows the question and takes the answer', async () => {
  const { port, cookie, yes, desk, events } = await inside()
  expect(cookie).toMatch(/^sidemux-[0-9a-f-]{36}=[A-Za-z0-9_-]{43}$/)
  const state = JSON.parse((await send(port, { path: '/state', headers: { cookie } })).body)
  expect(state.sidecars[0]).toMatchObject({ more: 0, sidecar: { host: 'a host‹U+202E›' } })
  expect(state.sidecars[0].pending[0].id).toBe(yes.ids[0])
  const answered = await post(port, '/answer', yes, { cookie })
  expect([answered.status, answered.body]).toEqual([200, '{"outcomes":["done"]}'])
  expect(desk.answers).toMatchObject([{ answer: { kind: 'approve' }, via: { channel: 'page' } }])
  expect(events.map(({ phase }) => phase)).toEqual(['page-opened', 'session-begun'])
})

it('sets a cookie that scripts and other sites do not get, and leaves the secret behind', async () => {
  const { links, run } = await setUp()
  const { port } = await run()
  const { status, headers } = await send(port, { path: new URL(links[0] ?? '').pathname })
  expect([status, headers['location']]).toEqual([303, '/'])
  expect(headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/)
})

it('gives every answer the headers that keep it to itself', async () => {
  const { port, cookie } = await inside()
  for (const path of ['/', '/page.js', '/state', '/nothing', '/ask/00000000-0000-4000-8000-000000000000']) {
    const { headers } = await send(port, { path, headers: { cookie } })
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'/,
      ),
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    })
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  }
})

type Good = { port: number; cookie: string; yes: unknown }
const forged: Record<string, (good: Good) => { sent: Sent; status: number }> = {
  'another Host that points here (DNS rebinding)': (good) =>
    answer(good, { host: `evil.example:${good.port}` }, 403),
  'localhost as Host': (good) => answer(good, { host: `localhost:${good.port}` }, 403),
  'a Host without the port': (good) => answer(good, { host: '127.0.0.1' }, 403),
  'another Origin': (good) => answer(good, { origin: 'https://evil.example' }, 404),
  'the Origin of another port (CSRF)': (good) =>
    answer(good, { origin: `http://127.0.0.1:${good.port + 1}` }, 404),
  'Origin null': (good) => answer(good, { origin: 'null' }, 404),
  'no Origin': ({ port, cookie, yes }) => ({
    sent: {
      method: 'POST',
      path: '/answer',
      headers: { cookie, host: `127.0.0.1:${port}`, 'content-type': 'application/json' },
      body: JSON.stringify(yes),
    },
    status: 404,
  }),
  'Sec-Fetch-Site same-site, which another port is': (good) =>
    answer(good, { 'sec-fetch-site': 'same-site' }, 404),
  'Sec-Fetch-Site cross-site': (good) => answer(good, { 'sec-fetch-site': 'cross-site' }, 404),
  'a form, which needs no script': (good) =>
    answer(good, { 'content-type': 'application/x-www-form-urlencoded' }, 400),
  'JSON sent as text, which needs no preflight': (good) =>
    answer(good, { 'content-type': 'text/plain' }, 400),
  'no cookie': (good) => answer(good, { cookie: '' }, 401),
  'a cookie of the same name with another value': (good) =>
    answer(good, { cookie: `${good.cookie.split('=')[0]}=${'A'.repeat(43)}` }, 401),
  GET: (good) => bare(good, 'GET'),
  HEAD: (good) => bare(good, 'HEAD'),
  PUT: (good) => bare(good, 'PUT'),
  'OPTIONS (a preflight)': (good) => bare(good, 'OPTIONS'),
  'a body beyond 64 KB': (good) => ({
    sent: {
      ...answer(good, {}, 400).sent,
      body: JSON.stringify({ ...Object(good.yes), pad: 'x'.repeat(70_000) }),
    },
    status: 400,
  }),
  'a member that nobody knows': (good) => ({
    sent: { ...answer(good, {}, 400).sent, body: JSON.stringify({ ...Object(good.yes), force: true }) },
    status: 400,
  }),
  'a query on the path': (good) => ({
    sent: { ...answer(good, {}, 404).sent, path: '/answer?x=1' },
    status: 404,
  }),
}

function bare(good: Good, method: string) {
  const { path, headers } = answer(good, {}, 404).sent
  return { sent: { method, path, headers }, status: 404 }
}

function answer({ port, cookie, yes }: Good, headers: Record<string, string>, status: number) {
  return {
    sent: {
      method: 'POST',
      path: '/answer',
      headers: {
        host: `127.0.0.1:${port}`,
        origin: `http://127.0.0.1:${port}`,
        'content-type': 'application/json',
        cookie,
        ...headers,
      },
      body: JSON.stringify(yes),
    },
    status,
  }
}

it.each(Object.keys(forged))('decides nothing for %s (promise 4)', async (name) => {
  const setup = await inside()
  const { sent, status } = forged[name]?.(setup) ?? { sent: { path: '/' }, status: -1 }
  const { body, ...got } = await send(setup.port, sent)
  expect(got.status).toBe(status)
  expect(body).not.toContain('May db')
  expect(setup.desk.answers).toEqual([])
  // The same, as it should be, is taken.
  expect((await send(setup.port, answer(setup, {}, 200).sent)).status).toBe(200)
})

it('refuses two Hosts', async () => {
  const { port } = await setUp().then(({ run }) => run())
  const said = await raw(port, `GET /ask/x HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nHost: evil.example\r\n\r\n`)
  expect(said).toMatch(/^(HTTP\/1.1 403|$)/)
})

it('refuses the cookie of another sidecar', async () => {
  const [one, other] = [await inside(), await inside()]
  expect((await post(one.port, '/answer', one.yes, { cookie: other.cookie })).status).toBe(401)
  const renamed = `${one.cookie.split('=')[0]}=${other.cookie.split('=')[1]}`
  expect((await post(one.port, '/answer', one.yes, { cookie: renamed })).status).toBe(401)
  expect(one.desk.answers).toEqual([])
})

it('decides nothing within 2 s of the exchange', async () => {
  const { links, run, clock, desk, dashboard } = await setUp()
  const cookie = await enter(links[0] ?? '')
  const { port } = await run()
  const yes = { sidecar: dashboard.id, ids: [desk.pending()[0]?.id], answer: 'approve' }
  clock.now += 1999
  expect((await post(port, '/answer', yes, { cookie })).status).toBe(425)
  expect(desk.answers).toEqual([])
  clock.now += 1
  expect((await post(port, '/answer', yes, { cookie })).status).toBe(200)
})

it('voids the session when its link is used again, whenever that is, and takes its yeses back', async () => {
  const { links, port, cookie, clock, desk, yes, events } = await inside()
  await post(port, '/answer', yes, { cookie })
  clock.now += 5 * 60_000
  const second = await send(port, { path: new URL(links[0] ?? '').pathname })
  expect([second.status, second.headers['set-cookie']]).toEqual([403, undefined])
  const session = desk.answers[0]?.via.page ?? ''
  expect(desk.takenBack).toEqual([session])
  expect(events.at(-1)).toEqual({ phase: 'session-voided', session, takenBack: 1 })
  expect((await send(port, { path: '/state', headers: { cookie } })).status).toBe(401)
  expect((await post(port, '/answer', yes, { cookie })).status).toBe(401)
})

it('shows the next page that a link was used twice', async () => {
  const { dashboard, links, port, desk } = await inside()
  await enter(links[0] ?? '')
  await askPage(dashboard, desk.add())
  const cookie = await enter(links[1] ?? '')
  const { notices } = JSON.parse((await send(port, { path: '/state', headers: { cookie } })).body)
  expect(notices[0]).toMatch(/^The link of a page was used twice/)
})

it('takes no link after a minute, and none that was only tried by a prefetch', async () => {
  const { links, run, clock } = await setUp()
  const { port } = await run()
  const path = new URL(links[0] ?? '').pathname
  expect((await send(port, { path, headers: { 'sec-purpose': 'prefetch;prerender' } })).status).toBe(404)
  clock.now += 60_000
  expect((await send(port, { path })).headers['set-cookie']).toBe(undefined)
})

it('ends a session that nobody used for 12 h', async () => {
  const { port, cookie, clock } = await inside()
  clock.now += 12 * 60 * 60_000
  expect((await send(port, { path: '/state', headers: { cookie } })).status).toBe(401)
})

it('shows a stranger neither the page nor a question', async () => {
  const { port } = await inside()
  for (const path of ['/', '/page.js', '/state', '/events', '/answer', '/local/state', '/../x']) {
    const { status, body } = await send(port, { path })
    expect([path, status >= 400, /May db|<title>the page|void 0/.test(body)]).toEqual([path, true, false])
  }
})

it('begins no session that can not be written down', async () => {
  const { links } = await setUp({
    onEvent: ({ phase }) =>
      phase === 'session-begun' ? Promise.reject(new Error('full')) : Promise.resolve(),
  })
  expect(await enter(links[0] ?? '')).toBe('')
})

it('a page whose opening can not be written down is none: its link leads nowhere', async () => {
  const { dashboard, desk, links } = await setUp({ onEvent: () => Promise.reject(new Error('full')) }, false)
  expect(await askPage(dashboard, desk.add())).toMatchObject({ kind: 'unavailable' })
  expect(await enter(links[0] ?? '')).toBe('')
})

it('revokes a grant, and says so', async () => {
  const { port, cookie, events } = await inside()
  expect((await post(port, '/revoke', { grant: 'known' }, { cookie })).body).toBe('{"revoked":true}')
  expect((await post(port, '/revoke', { grant: 'known' }, { cookie })).body).toBe('{"revoked":false}')
  expect(events.at(-1)).toMatchObject({ phase: 'grant-revoked', grant: 'known' })
})

it('takes a no to all of a tool, and lifts it, once', async () => {
  const { port, cookie, yes, desk, dashboard } = await inside()
  const no = { ...yes, answer: 'deny', forMs: 60_000 }
  expect((await post(port, '/answer', { ...no, answer: 'approve' }, { cookie })).status).toBe(400)
  expect((await post(port, '/answer', { ...no, forMs: '60000' }, { cookie })).status).toBe(400)
  expect((await post(port, '/answer', no, { cookie })).body).toBe('{"outcomes":["done"]}')
  expect(desk.answers).toMatchObject([{ answer: { kind: 'deny', forMs: 60_000 } }])
  desk.denied.push({ id: 'd', server: 'db', tool: 'x'.repeat(5000), since: 1, until: 2 })
  const state = JSON.parse((await send(port, { path: '/state', headers: { cookie } })).body)
  expect(state.sidecars[0].denials).toEqual([{ ...desk.denied[0], tool: 'x'.repeat(1024) }])
  const lift = { sidecar: dashboard.id, denial: 'd' }
  expect((await post(port, '/lift', lift, {})).status).toBe(401)
  expect((await post(port, '/lift', { denial: 'd' }, { cookie })).status).toBe(400)
  expect((await post(port, '/lift', { ...lift, sidecar: 'gone' }, { cookie })).body).toBe(
    '{"outcome":"gone"}',
  )
  expect((await post(port, '/lift', lift, { cookie })).body).toBe('{"outcome":"done"}')
  expect((await post(port, '/lift', lift, { cookie })).body).toBe('{"outcome":"gone"}')
  expect(desk.lifted).toMatchObject([{ id: 'd', via: { channel: 'page' } }])
})

it('takes a wish for a group as it is, and none that says more', async () => {
  const { port, cookie, yes, desk } = await inside()
  const wish = { group: true, fixed: [], ms: 1000 }
  for (const wrong of [
    { ...wish, group: false },
    { ...wish, group: 'x' },
    { ...wish, tools: ['*'] },
  ])
    expect((await post(port, '/answer', { ...yes, grant: wrong }, { cookie })).status).toBe(400)
  expect((await post(port, '/answer', { ...yes, grant: wish }, { cookie })).status).toBe(200)
  expect(desk.answers[0]?.answer).toEqual({ kind: 'approve', grant: { ...wish, uses: undefined } })
})

it('says when something changed', async () => {
  const { port, cookie, desk } = await inside()
  const said = await listen(port, cookie, 2, () => void desk.add())
  expect(said).toBe('event: changed\ndata: changed\n\n'.repeat(2))
})

it('hangs up on who sends nothing, or very slowly', async () => {
  const { port } = await setUp().then(({ run }) => run())
  // Node itself would wait for longer than this test may last.
  expect(await raw(port, 'GET / HTTP/1.1\r\nHo')).not.toContain('200')
})

it('serves its own page at once while 1,000 strangers hold connections, half of them amid a request', async () => {
  const { port, cookie } = await inside()
  const sockets = Array.from({ length: 1000 }, (_, n) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    if (n % 2 === 0) socket.write('GET / HTTP/1.1\r\nHo')
    return socket
  })
  await Promise.all(
    sockets.map(
      async (socket) => new Promise((resolve) => socket.once('connect', resolve).once('close', resolve)),
    ),
  )
  for (let turn = 0; turn < 5; turn += 1)
    expect((await send(port, { path: '/state', headers: { cookie } })).status).toBe(200)
  for (const socket of sockets) socket.destroy()
})

it('drops strangers that ask too often, and serves whom it knows', async () => {
  const { port, cookie } = await inside()
  const all = await Promise.all(Array.from({ length: 200 }, () => send(port, { path: '/state' })))
  expect(all.filter(({ status }) => status === 401).length).toBe(100)
  expect((await send(port, { path: '/state', headers: { cookie } })).status).toBe(200)
})

it('has an address without a secret, whose button opens the page, not too often', async () => {
  const { dashboard, desk, links, port, clock }: Setup & { port: number } = await inside()
  const address = (await dashboard.address(desk.pending()[0]?.id ?? '')) ?? ''
  expect(new URL(address).pathname).toBe(`/ask/${desk.pending()[0]?.id}`)
  const { status, body } = await send(port, { path: new URL(address).pathname })
  expect([status, /db|drop/.test(body)]).toEqual([200, false])
  const press = (): Promise<{ status: number }> => post(port, '/reopen', {}, { 'content-type': 'text/plain' })
  expect((await press()).status).toBe(200)
  expect((await press()).status).toBe(429)
  expect(links.length).toBe(2)
  for (let turn = 0; turn < 10; turn++) {
    clock.now += 11_000
    await press()
  }
  expect(links.length).toBe(7)
})

it('opens the browser once for many questions, and again when nobody came', async () => {
  const { dashboard, desk, links, clock } = await setUp({}, false)
  const answers = await Promise.all(Array.from({ length: 50 }, () => askPage(dashboard, desk.add())))
  expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['shown']))
  expect(links.length).toBe(1)
  clock.now += 61_000
  await askPage(dashboard, desk.add())
  expect(links.length).toBe(2)
})

it('hands out at most 100 questions and the number of the others', async () => {
  const { port, cookie, desk } = await inside()
  for (let count = 0; count < 149; count++) desk.add()
  const { sidecars } = JSON.parse((await send(port, { path: '/state', headers: { cookie } })).body)
  expect([sidecars[0].pending.length, sidecars[0].more]).toEqual([100, 50])
})

it('leaves nothing after close (promise 8)', async () => {
  const { dashboard, run, stateDir } = await setUp()
  const { port } = await run()
  await dashboard.close()
  expect((await send(port, { path: '/' })).status).toBe(0)
  await expect(run()).rejects.toThrow()
  const { readdirSync } = await import('node:fs')
  expect(readdirSync(`${stateDir}/run`)).toEqual([])
})

function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let said = ''
    socket.on('data', (chunk) => (said += chunk.toString()))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(said))
    socket.write(text)
  })
}

function listen(port: number, cookie: string, times: number, then: () => void): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let said = ''
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      const before = said.split('data:').length
      said += chunk.toString()
      if (before === 1 && said.includes('data:')) then()
      if (said.split('data:').length > times) {
        socket.destroy()
        resolve([...said.matchAll(/event: .*\ndata: .*\n\n/g)].join(''))
      }
    })
    socket.write(`GET /events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${cookie}\r\n\r\n`)
  })
}

it('names a few programs that were refused, and lets none drive out what else people must know', async () => {
  let name = 'browser'
  const looks: ProcessLooks = {
    look: () => {
      const standing = name === 'browser' ? 'clear' : 'inside'
      return Promise.resolve({ standing, pids: [1], names: [name], identity: 'one', sidecar: false } as const)
    },
    sitsAtTerminal: () => Promise.resolve(false),
    untouched: () => Promise.resolve(false),
    neighbours: () => Promise.resolve(new Map()),
  }
  const { dashboard, desk, links, run } = await setUp({ looks })
  const { port, key } = await run()
  await enter(links[0] ?? '')
  await enter(links[0] ?? '')
  for (let n = 0; n < 40; n += 1) {
    name = `please-approve-${n}`
    await send(port, { path: '/local/state', headers: { authorization: `Bearer ${key}` } })
  }
  name = 'browser'
  await askPage(dashboard, desk.add())
  const cookie = await enter(links[1] ?? '')
  const { notices } = JSON.parse((await send(port, { path: '/state', headers: { cookie } })).body)
  expect(notices[0]).toMatch(/^The link of a page was used twice/)
  expect(notices).toHaveLength(1 + 5 + 1)
})
