/**
 * Promise 4 at the page's door: what a web page, another port, another sidecar or somebody who speaks HTTP by hand sends.
 * Every row goes to a real sidecar with a question open, by the human's own process, so that nothing but the request
 * itself speaks against it; in the end the same request, as it should be, is taken.
 */
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import {
  enterHost,
  Guest,
  human,
  knock,
  newestLink,
  once,
  report,
  runFiles,
  said,
  stage,
  wipe,
  type Reply,
} from './stage.ts'

interface Scene {
  readonly page: Guest
  readonly port: number
  readonly body: string
  readonly ids: readonly string[]
  /** Of a second sidecar of the same user. */
  readonly other: Guest
}

type Attack = (scene: Scene) => Promise<Reply>

const withHeaders =
  (headers: Readonly<Record<string, string>>): Attack =>
  ({ page, body }) =>
    page.post(body, headers)

const WITH_COOKIE: Readonly<Record<string, Attack>> = {
  'DNS rebinding: Host of the attacker': ({ page, port, body }) =>
    page.post(body, { host: `evil.example:${port}`, origin: `http://evil.example:${port}` }),
  'DNS rebinding: his Host, our Origin': ({ page, port, body }) =>
    page.post(body, { host: `evil.example:${port}` }),
  'DNS rebinding: our Host, his Origin': ({ page, port, body }) =>
    page.post(body, { origin: `http://evil.example:${port}` }),
  'Host localhost': ({ page, port, body }) => page.post(body, { host: `localhost:${port}` }),
  'Host [::1]': ({ page, port, body }) => page.post(body, { host: `[::1]:${port}` }),
  'Host 0.0.0.0': ({ page, port, body }) => page.post(body, { host: `0.0.0.0:${port}` }),
  'Host 127.1': ({ page, port, body }) => page.post(body, { host: `127.1:${port}` }),
  'Host 127.0.0.1.': ({ page, port, body }) => page.post(body, { host: `127.0.0.1.:${port}` }),
  'Host with a user': ({ page, port, body }) => page.post(body, { host: `evil@127.0.0.1:${port}` }),
  'Host without a port': withHeaders({ host: '127.0.0.1' }),
  'Host of another port': ({ page, port, body }) => page.post(body, { host: `127.0.0.1:${port + 1}` }),
  'an absolute address in the request line': ({ port, page, body }) =>
    raw(
      port,
      `POST http://127.0.0.1:${port}/answer HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${lines(page, port, body)}`,
    ),
  'two Hosts': ({ port, page, body }) =>
    raw(
      port,
      `POST /answer HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nHost: evil.example\r\n${lines(page, port, body)}`,
    ),
  'no Host, HTTP/1.0': ({ port, page, body }) =>
    raw(port, `POST /answer HTTP/1.0\r\n${lines(page, port, body)}`),
  'CSRF: fetch from another port': ({ page, port, body }) =>
    page.post(body, { origin: `http://127.0.0.1:${port + 1}`, 'sec-fetch-site': 'same-site' }),
  'CSRF: form of another port': ({ page, port, body }) =>
    page.post(`x=${body}`, {
      origin: `http://127.0.0.1:${port + 1}`,
      'content-type': 'application/x-www-form-urlencoded',
    }),
  'CSRF: a form with our Origin': withHeaders({ 'content-type': 'application/x-www-form-urlencoded' }),
  'CSRF: JSON as text/plain': withHeaders({ 'content-type': 'text/plain' }),
  'CSRF: JSON as multipart': withHeaders({ 'content-type': 'multipart/form-data; boundary=x' }),
  'CSRF: JSON without a type': ({ port, page, body }) =>
    raw(
      port,
      `POST /answer HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${lines(page, port, body).replace(/Content-Type.*\r\n/, '')}`,
    ),
  'JSON in UTF-16': withHeaders({ 'content-type': 'application/json; charset=utf-16' }),
  'Origin null (sandboxed frame, file, data)': withHeaders({ origin: 'null' }),
  'Origin of https': ({ page, port, body }) => page.post(body, { origin: `https://127.0.0.1:${port}` }),
  'Origin localhost': ({ page, port, body }) => page.post(body, { origin: `http://localhost:${port}` }),
  'Origin in capitals': ({ page, port, body }) => page.post(body, { origin: `HTTP://127.0.0.1:${port}` }),
  'Origin with a slash': ({ page, port, body }) => page.post(body, { origin: `http://127.0.0.1:${port}/` }),
  'two Origins': ({ port, page, body }) =>
    raw(
      port,
      `POST /answer HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: http://evil.example\r\n${lines(page, port, body)}`,
    ),
  'no Origin, our Referer': ({ port, page, body }) =>
    raw(
      port,
      `POST /answer HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${lines(page, port, body).replace('Origin: ', 'Referer: ')}`,
    ),
  'Sec-Fetch-Site same-site with our Origin': withHeaders({ 'sec-fetch-site': 'same-site' }),
  'Sec-Fetch-Site cross-site with our Origin': withHeaders({ 'sec-fetch-site': 'cross-site' }),
  'Sec-Fetch-Site none with our Origin': withHeaders({ 'sec-fetch-site': 'none' }),
  'GET with the decision in the query': ({ page, port, body }) =>
    knock(port, {
      path: `/answer?${encodeURIComponent(body).slice(0, 200)}`,
      headers: { cookie: page.cookie },
    }),
  'POST by a method override': ({ page, port, body }) =>
    knock(port, {
      path: '/answer',
      headers: { cookie: page.cookie, 'x-http-method-override': 'POST', origin: `http://127.0.0.1:${port}` },
      body,
    }),
  PUT: ({ page, port, body }) =>
    knock(port, {
      method: 'PUT',
      path: '/answer',
      headers: {
        cookie: page.cookie,
        origin: `http://127.0.0.1:${port}`,
        'content-type': 'application/json',
      },
      body,
    }),
  'the cookie of another sidecar': ({ page, other, body }) => page.post(body, { cookie: other.cookie }),
  'the cookie of another sidecar under our name': ({ page, other, body }) =>
    page.post(body, { cookie: `${page.cookie.split('=')[0]}=${other.cookie.split('=')[1]}` }),
  'our cookie under the name of another sidecar': ({ page, other, body }) =>
    page.post(body, { cookie: `${other.cookie.split('=')[0]}=${page.cookie.split('=')[1]}` }),
  'four cookies of our name before the right one': ({ page, body }) =>
    page.post(body, { cookie: [...Array(4).fill(`${page.cookie.split('=')[0]}=x`), page.cookie].join('; ') }),
  'the cookie in capitals': ({ page, body }) => page.post(body, { cookie: page.cookie.toUpperCase() }),
  'no cookie': withHeaders({ cookie: '' }),
  'the body of another sidecar’s question': async ({ page, other }) =>
    page.post(
      await other.body(
        (await other.questions()).map(({ id }) => id),
        'approve',
      ),
    ),
  'our question named as another sidecar’s': async ({ page, other, ids }) =>
    page.post(await other.body(ids, 'approve')),
  'an answer that is nearly approve': ({ page, body }) => page.post(body.replace('approve', 'Approve')),
  'a duplicate answer, the last one wins': ({ page, body }) =>
    page.post(body.replace('"answer":"approve"', '"answer":"approve","answer":"maybe"')),
  'a list of answers': ({ page, body }) => page.post(body.replace('"approve"', '["approve"]')),
  'ids with a wildcard': ({ page }) => page.body(['*'], 'approve').then((body) => page.post(body)),
  'ids inside a list': ({ page, body }) => page.post(body.replace(/"ids":\[(.*?)\]/, '"ids":[[$1]]')),
  'a member called __proto__': ({ page, body }) =>
    page.post(body.replace('{', '{"__proto__":{"force":true},')),
  '1,001 ids': ({ page, ids }) =>
    page.body(Array(1001).fill(ids[0] ?? ''), 'approve').then((body) => page.post(body)),
  'two requests in one (Content-Length and Transfer-Encoding)': ({ port, page, body }) =>
    raw(
      port,
      `POST /nothing HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nTransfer-Encoding: chunked\r\n${lines(page, port, body)}`,
    ),
  'at the local door with the cookie': ({ page, body }) => page.post(body, {}, '/local/answer'),
  'with the key of the run file, at the page': ({ page, body }) =>
    page.post(body, { cookie: '', authorization: 'Bearer x' }),
}

/** The headers and the body of an answer, by hand. */
function lines({ cookie }: Guest, port: number, body: string): string {
  return `Origin: http://127.0.0.1:${port}\r\nCookie: ${cookie}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
}

function raw(port: number, text: string): Promise<Reply> {
  return new Promise((resolve) => {
    let answer = ''
    const end = (): void =>
      resolve({ status: Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1] ?? 0), headers: {}, body: answer })
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('utf8')))
    socket.on('error', end)
    socket.on('close', end)
  })
}

const scene = once(async () => {
  const [where, second] = [stage(), stage()]
  const [host, secondHost] = [await enterHost(where), await enterHost(second)]
  const call = wipe(host, { id: 'secret-question' })
  const otherCall = wipe(secondHost, { id: 'other' })
  const page = await human(where)
  const other = await human(second)
  const ids = (await page.questions()).map(({ id }) => id)
  const body = await page.body(ids, 'approve')
  const [run] = runFiles(where)
  const replies: Record<string, Reply & { calls: number; open: number }> = {}
  const attack = async (name: string, reply: Promise<Reply>): Promise<void> => {
    replies[name] = {
      ...(await reply),
      calls: where.calls().length + second.calls().length,
      open: (await page.questions()).length,
    }
  }
  for (const [name, make] of Object.entries(WITH_COOKIE))
    await attack(name, make({ page, port: page.port, body, ids, other }))
  // With the key a browser is refused; without a terminal so is everybody else.
  const bearer = { authorization: `Bearer ${run?.key}`, 'content-type': 'application/json' }
  const key = (headers: Readonly<Record<string, string>>): Promise<Reply> =>
    knock(page.port, { method: 'POST', path: '/local/answer', headers: { ...bearer, ...headers }, body })
  await attack('the key of the run file, without a terminal', key({}))
  await attack('the key, by a browser', key({ origin: `http://127.0.0.1:${page.port}` }))
  await attack('the key, by a browser that names no origin', key({ 'sec-fetch-site': 'none' }))
  await attack('the key of another sidecar', key({ authorization: `Bearer ${runFiles(second)[0]?.key}` }))
  const framed = await knock(page.port, { path: '/', headers: { cookie: page.cookie } })
  const taken = await page.post(body)
  const ran = said(await call)
  await other.answer(
    (await other.questions()).map(({ id }) => id),
    'deny',
  )
  await otherCall
  report('yes, the door', {
    attacks: Object.keys(replies).length,
    executed: Math.max(...Object.values(replies).map(({ calls }) => calls)),
    'the right one': where.calls().length,
  })
  return { replies, framed, taken, ran, calls: where.calls().length, others: second.calls().length }
})

const LOCAL = [
  'the key of the run file, without a terminal',
  'the key, by a browser',
  'the key, by a browser that names no origin',
  'the key of another sidecar',
]

describe('the door', () => {
  it.each([...Object.keys(WITH_COOKIE), ...LOCAL])('0 executions: %s', async (name) => {
    const reply = (await scene()).replies[name]
    expect(reply).toBeDefined()
    expect({ name, status: reply?.status, calls: reply?.calls, open: reply?.open }).toEqual({
      name,
      status: reply?.body.includes('"outcomes":["gone')
        ? 200
        : expect.toSatisfy((status: number) => status === 0 || status >= 400),
      calls: 0,
      open: 1,
    })
    expect(reply?.body).not.toContain('done')
    expect(reply?.body).not.toContain('secret-question')
    expect(Object.keys(reply?.headers ?? {}).filter((header) => header.startsWith('access-control'))).toEqual(
      [],
    )
  })

  it('clickjacking: no page may frame it, and nothing of it may be cached or run from elsewhere', async () => {
    const { status, headers } = (await scene()).framed
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-store',
      'content-security-policy': expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/),
    })
  })

  it('the same request as it should be is taken, and runs once', async () => {
    const { taken, ran, calls, others } = await scene()
    expect([taken.body, ran, calls, others]).toEqual(['{"outcomes":["done"]}', 'ran', 1, 0])
  })
})

it('0 executions: a yes within 2 s of the link, a guessed link, and one that a prefetch tried', async () => {
  const where = stage({ approvals: 'wait: 30s, channels: [page]' })
  const host = await enterHost(where)
  const call = wipe(host)
  const link = await newestLink(where)
  const { port, pathname } = new URL(link)
  const guesses = [
    `${pathname.slice(0, -1)}${pathname.endsWith('A') ? 'B' : 'A'}`,
    pathname.slice(0, -1),
    `${pathname}=`,
    pathname.toLowerCase(),
    `${pathname}/`,
    `${pathname}?x`,
    `/${pathname}`,
    `/./${pathname}`,
    '/enter/',
  ]
  for (const path of guesses)
    expect((await knock(Number(port), { path })).headers['set-cookie']).toBe(undefined)
  const prefetched = await knock(Number(port), { path: pathname, headers: { 'sec-purpose': 'prefetch' } })
  expect(prefetched.headers['set-cookie']).toBe(undefined)
  const page = await Guest.by(link)
  expect(page.status).toBe(303)
  const ids = (await page.questions()).map(({ id }) => id)
  expect(await page.answer(ids, 'approve')).toBe('425')
  expect(where.calls()).toEqual([])
  await page.ready(where)
  await page.answer(ids, 'deny')
  await call
  expect(where.calls()).toEqual([])
})
