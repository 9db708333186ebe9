/** A person at the page, without a browser: takes the link that the sidecar opens, and decides over HTTP. */
import { request } from 'node:http'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { GrantWish } from '../../src/approval/grants/grant-offer.ts'
import type { AnswerResponse, PageState } from '../../src/dashboard/page-wire.ts'
import { elapse, linesOf, until, type Place } from './support.ts'
import type { World } from './terminals.ts'

const FETCHER = resolve(import.meta.dirname, '../servers/fetcher.mjs')

/** By the shell, which starts in no time. */
const CATCHER = 'for url; do :; done; printf "%s\\n" "$url" >> "${0%/*}/links"\n'

/** The `browser:` setting of a "browser" that only writes down, in this directory, what it was to open. */
export function catcherIn(dir: string): string {
  const file = join(dir, 'catcher.sh')
  writeFileSync(file, CATCHER)
  return JSON.stringify(['/bin/sh', file])
}

interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Reads on without an end. */
  readonly watch?: boolean
}

export type Send = (request: HttpRequest) => Promise<Reply>

export class Human {
  readonly #origin: string
  readonly #cookie: string
  readonly #send: Send
  readonly #where: Place

  private constructor(where: Place, origin: string, cookie: string, send: Send) {
    this.#where = where
    this.#origin = origin
    this.#cookie = cookie
    this.#send = send
  }

  /** Enters by the newest link. The page belongs to the process that sends. */
  static async at(where: Place, send: Send = sendFromHere): Promise<Human> {
    await until(() => links(where).length > 0, 'the page is opened')
    const url = new URL(links(where).at(-1) ?? '')
    const entered = await send({ method: 'GET', url, headers: {} })
    const [cookie = ''] = [entered.headers['set-cookie'] ?? ''].flat()
    return new Human(where, url.origin, cookie.split(';')[0] ?? '', send)
  }

  /** Keeps the page open, as a browser tab does. */
  watch(): void {
    const headers = { Cookie: this.#cookie }
    void this.#send({ method: 'GET', url: new URL('/events', this.#origin), headers, watch: true })
  }

  async state(): Promise<PageState> {
    const headers = { Cookie: this.#cookie }
    const url = new URL('/state', this.#origin)
    const { status, body } = await this.#send({ method: 'GET', url, headers })
    if (status !== 200) throw new Error(`the page is refused its state: ${status} ${body}`)
    return JSON.parse(body) as PageState
  }

  /** Waits for the question about this argument, and looks at the page until decisions are taken. */
  async decide(answer: 'approve' | 'deny', argument = '', grant?: GrantWish): Promise<string> {
    let found: { sidecar: string; id: string } | undefined
    await until(async () => {
      const { sidecars, now, decidesFrom } = await this.state()
      for (const { sidecar, pending } of sidecars) {
        const one = pending.find(({ text }) => text.includes(argument))
        if (one !== undefined) found = { sidecar: sidecar.id, id: one.id }
      }
      if (found !== undefined && now < decidesFrom) elapse(this.#where, decidesFrom - now)
      return found !== undefined && now >= decidesFrom
    }, `a question about ${argument}`)
    return this.answer(found ?? { sidecar: '', id: '' }, answer, grant)
  }

  async answer(
    { sidecar, id }: { sidecar: string; id: string },
    answer: 'approve' | 'deny',
    grant?: GrantWish,
  ): Promise<string> {
    const headers = { Cookie: this.#cookie, Origin: this.#origin, 'Content-Type': 'application/json' }
    const { status, body } = await this.#send({
      method: 'POST',
      url: new URL('/answer', this.#origin),
      headers,
      body: JSON.stringify({ sidecar, ids: [id], answer, ...(grant && { grant }) }),
    })
    return status === 200 ? ((JSON.parse(body) as AnswerResponse).outcomes[0] ?? '') : String(status)
  }
}

export function links(where: Place): string[] {
  const file = join(where.dir, 'links')
  return existsSync(file) ? linesOf(readFileSync(file, 'utf8')) : []
}

export function sendFromHere({ method, url, headers, body }: HttpRequest): Promise<Reply> {
  return new Promise((settle, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        settle({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** From one process of a world, where a test has one. */
export function sendFrom(world: World): Send {
  const fetcher = world.start([process.execPath, FETCHER])
  let last = 0
  return async (wanted) => {
    last += 1
    const id = last
    fetcher.write(`${JSON.stringify({ id, ...wanted })}\n`)
    let reply: Reply | undefined
    const answered = (): boolean => {
      const line = linesOf(fetcher.stdout).find((one) => one.startsWith(`{"id":${id},`))
      if (line !== undefined) reply = (JSON.parse(line) as { reply: Reply }).reply
      return reply !== undefined
    }
    if (wanted.watch !== true) await until(answered, `an answer of ${wanted.url.pathname}`)
    return reply ?? { status: 0, headers: {}, body: '' }
  }
}
