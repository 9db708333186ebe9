/**
 * The page for a browser without a session. It shows no question and knows none. Its one button makes the sidecar
 * open its own page in the user's browser. Its address holds no secret, so a host may be told it.
 */
import { NOTHING, type Incoming, type PageReply } from './http.ts'

export const ASK_PATH = /^\/ask\/[0-9a-f-]{36}$/
const STYLE_PATH = '/sessionless.css'

const WORDS = {
  closed: 'sidemux asks on a page of its own, which it opens in your browser by itself.',
  reused:
    'The link of this page was used twice, so another program may have seen it. What it was good for is over: nothing that was approved through it and has not run will run.',
  expired: 'This link was used too late.',
  opening: 'sidemux is opening its page in your browser. This one can be closed.',
  later:
    'The page was opened a moment ago, or there is nothing to decide. Wait a little before you try again.',
  failed: 'The browser could not be opened. Decide in a terminal instead: sidemux approvals',
} as const

export type SessionlessWords = keyof typeof WORDS

export function sessionlessPage(words: SessionlessWords, status = 200): PageReply {
  const button =
    words === 'opening' || words === 'failed'
      ? ''
      : '<form method="post" action="/reopen"><button>Open the page</button></form>'
  return {
    status,
    type: 'text/html; charset=utf-8',
    body: `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>sidemux</title><link rel="stylesheet" href="${STYLE_PATH}"><main><h1>sidemux</h1><p>${WORDS[words]}</p>${button}</main></html>`,
    // A form sent under no-referrer would name no origin; this address is no secret.
    headers: { 'referrer-policy': 'same-origin' },
  }
}

/** Undefined: it is no path of this page. */
export function sessionlessAsset({ path }: Incoming): PageReply | undefined {
  if (path === STYLE_PATH) return { status: 200, type: 'text/css; charset=utf-8', body: STYLE }
  return ASK_PATH.test(path) ? sessionlessPage('closed') : undefined
}

/** A form of our own page, sent by a browser: the origin is always told for a POST. */
export function isFromOurPage(request: Incoming, port: number): boolean {
  const site = request.header('sec-fetch-site')
  return (
    request.header('origin') === `http://127.0.0.1:${port}` && (site === undefined || site === 'same-origin')
  )
}

/** A page is asked for by the user or by itself, never by another site, and not to be shown in a frame of one. */
export function isNavigation(request: Incoming): boolean {
  const destination = request.header('sec-fetch-dest')
  const purpose = `${request.header('sec-purpose') ?? ''}${request.header('purpose') ?? ''}`
  return (destination === undefined || destination === 'document') && !/prefetch|prerender/.test(purpose)
}

export const REFUSED: PageReply = { ...NOTHING, status: 403 }

const STYLE = `:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:0}main{max-width:36rem;margin:15vh auto 0;padding:0 1.25rem}button{font:inherit;padding:.6rem 1.1rem;min-height:2.75rem}`
