/** A person at the page, without a browser: takes the link that the sidecar opens, and decides over HTTP. */
import { request } from 'node:http'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AnswerResponse, PageState } from '../../src/dashboard/wire.ts'
import { until, type Place } from './support.ts'

const CATCHER = `require('node:fs').appendFileSync(require('node:path').join(__dirname, 'links'), process.argv.at(-1) + '\\n')`

/** The `browser:` setting of a "browser" that only writes down, in this directory, what it was to open. */
export function catcherIn(dir: string): string {
  const file = join(dir, 'catcher.cjs')
  writeFileSync(file, CATCHER)
  return JSON.stringify([process.execPath, file])
}

interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export class Human {
  readonly #origin: string
  readonly #cookie: string

  private constructor(origin: string, cookie: string) {
    this.#origin = origin
    this.#cookie = cookie
  }

  /** Enters by the newest link. */
  static async at(where: Place): Promise<Human> {
    await until(() => links(where).length > 0, 'the page is opened')
    const link = new URL(links(where).at(-1) ?? '')
    const entered = await send('GET', link, {})
    const [cookie = ''] = [entered.headers['set-cookie'] ?? ''].flat()
    return new Human(link.origin, cookie.split(';')[0] ?? '')
  }

  async state(): Promise<PageState> {
    const { body } = await send('GET', new URL('/state', this.#origin), { Cookie: this.#cookie })
    return JSON.parse(body) as PageState
  }

  /** Waits for the question about this argument, and for the moment in which decisions are taken. */
  async decide(answer: 'approve' | 'deny', argument = ''): Promise<string> {
    let found: { sidecar: string; id: string } | undefined
    await until(async () => {
      const { sidecars, now, decidesFrom } = await this.state()
      for (const { sidecar, pending } of sidecars) {
        const one = pending.find(({ text }) => text.includes(argument))
        if (one !== undefined && now >= decidesFrom) found = { sidecar: sidecar.id, id: one.id }
      }
      return found !== undefined
    }, `a question about ${argument}`)
    return this.answer(found ?? { sidecar: '', id: '' }, answer)
  }

  async answer(
    { sidecar, id }: { sidecar: string; id: string },
    answer: 'approve' | 'deny',
  ): Promise<string> {
    const headers = { Cookie: this.#cookie, Origin: this.#origin, 'Content-Type': 'application/json' }
    const { status, body } = await send(
      'POST',
      new URL('/answer', this.#origin),
      headers,
      JSON.stringify({ sidecar, ids: [id], answer }),
    )
    return status === 200 ? ((JSON.parse(body) as AnswerResponse).outcomes[0] ?? '') : String(status)
  }
}

export function links(where: Place): string[] {
  const file = join(where.dir, 'links')
  return existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : []
}

function send(method: string, url: URL, headers: Record<string, string>, body?: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
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
