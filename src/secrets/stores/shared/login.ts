/** What the logins at Azure and Google have in common: forms, their replies, and endpoints of the machine itself. */
import { StoreError } from '../../store.ts'
import { parseIssued, type Issued } from './access-token.ts'
import { explain, notThem, parseObject, type BackEnd, type Reply } from './http.ts'

export type Login = (signal: AbortSignal) => Promise<Issued>

/** Link-local and loopback; nothing leaves the machine. */
export function isOnMachine(url: string): boolean {
  return (
    URL.canParse(url) && /^(localhost|127(\.\d+){3}|169\.254(\.\d+){2}|\[::1\])$/.test(new URL(url).hostname)
  )
}

export function form(body: Record<string, string>): RequestInit {
  return { method: 'POST', body: new URLSearchParams(body) }
}

/** The token of a reply, or why there is none. */
export function issued(reply: Reply, backEnd: BackEnd): Issued {
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
