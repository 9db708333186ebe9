/** The parts that the logins at Azure and Google share: forms, their replies, and endpoints of the machine itself. */
import { StoreError } from '../../store.ts'
import { parsedUrl } from '../../../parsed-url.ts'
import { parseIssued, type IssuedToken } from './access-token.ts'
import { explain, notThem, parseObject, type BackEnd, type StoreReply } from './http.ts'
import type { Sending } from './transport.ts'

export type StoreLogin = (signal: AbortSignal) => Promise<IssuedToken>

/** Link-local and loopback; nothing leaves the machine. */
export function isOnMachine(url: string): boolean {
  return /^(localhost|127(\.\d+){3}|169\.254(\.\d+){2}|\[::1\])$/.test(parsedUrl(url)?.hostname ?? '')
}

export function form(body: Record<string, string>): Sending {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
    body: new URLSearchParams(body).toString(),
  }
}

/** The token of a reply, or why there is none. */
export function issuedToken(reply: StoreReply, backEnd: BackEnd): IssuedToken {
  if (reply.status === 400 || reply.status === 401 || reply.status === 403) {
    throw new StoreError(
      'auth',
      `${backEnd.name} at ${backEnd.site} refused the login (HTTP ${reply.status})`,
      {
        hint: `check ${backEnd.setting}, whether its credentials expired, and that this machine's clock is right`,
      },
    )
  }
  if (reply.body === undefined) throw explain(reply, backEnd)
  const token = parseIssued(parseObject(reply.body))
  if (token === undefined) throw notThem(backEnd, 'answered a login without a token')
  return token
}
