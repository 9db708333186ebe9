/** A client for one test, as it is and as a fetch, and what comes of a request. */
import type { AddressInfo, Server } from 'node:net'
import { EVERYWHERE } from '../../src/net/address.ts'
import { wholeBody } from '../../src/net/body.ts'
import { openHttpClient, type HttpClient, type HttpClientOptions } from '../../src/net/client.ts'
import { failureCode } from '../../src/net/failure.ts'
import { fetchOver, type ClientFetch, type FetchOptions } from '../../src/net/fetch.ts'
import { onTestFinished } from '../together.ts'

export interface Fetching extends Pick<HttpClient, 'close'> {
  readonly fetch: ClientFetch
}

export function openFetch({ headMs, ...options }: HttpClientOptions & FetchOptions): Fetching {
  const client = openHttpClient(options)
  const close = (): void => client.close()
  return { fetch: fetchOver(client, headMs === undefined ? {} : { headMs }), close }
}

export function fetching(options: HttpClientOptions & FetchOptions): Fetching {
  const opened = openFetch(options)
  onTestFinished(opened.close)
  return opened
}

export const MIB = 1024 * 1024

export function opened(options: Partial<HttpClientOptions> = {}): HttpClient {
  const client = openHttpClient({ reach: EVERYWHERE, env: {}, connectMs: 2000, ...options })
  onTestFinished(() => client.close())
  return client
}

export interface Asked {
  readonly method?: string
  readonly headMs?: number
  readonly bytes?: number
  readonly signal?: AbortSignal
  readonly hasEffect?: boolean
}

/** The body, or the code of the failure; and whether anything had left. */
export async function ask(
  client: HttpClient,
  url: string,
  { method = 'GET', bytes = MIB, ...more }: Asked = {},
): Promise<[string, boolean]> {
  let left = false
  const onLeaving = (): void => void (left = true)
  const body = method === 'GET' ? undefined : 'x'
  try {
    const answer = await client.send({ url: new URL(url), method, headers: {}, body, onLeaving, ...more })
    return [await wholeBody(answer.body, bytes), left]
  } catch (error) {
    return [failureCode(error), left]
  }
}

export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
