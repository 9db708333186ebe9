/** One request and its answer on their way through a broker. */
import {
  validateHeaderName,
  validateHeaderValue,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { pipeline } from 'node:stream'
import { failureCode } from '../../net/failure.ts'
import { bodyWithin, Masking, unpacking } from './message/answer-body.ts'
import type { ExchangeContext } from './context.ts'
import { fillBody, fillHeaders, fillsBody, fillTarget } from './message/fill.ts'
import {
  codingsOf,
  endToEnd,
  sentOn,
  isStreamed,
  isTextual,
  misdirected,
  pathOf,
  valuesOf,
  lessHeaders,
  type RawHeaders,
} from './message/heads.ts'
import type { AnswerMask } from './message/mask.ts'
import { Paced } from './pace.ts'
import { refuse } from './refusal.ts'

/** A body that is read whole, to put values into it. */
const MOST_FILLED = 1024 * 1024
const NO_BODY: ReadonlySet<number> = new Set([204, 304])

export async function passOn(
  request: IncomingMessage,
  response: ServerResponse,
  context: ExchangeContext,
): Promise<void> {
  const { to, secrets, out, pace } = context
  await pace.of('request')
  const { method = 'GET', url = '/', rawHeaders } = request
  const wrong = misdirected(url, rawHeaders, to)
  if (wrong !== undefined)
    return refuse(response, 421, `this connection is for ${to.host}, and the request isn't: ${wrong}`)
  if (isPackedTransfer(rawHeaders))
    return refuse(response, 501, 'a request may be sent in chunks, and packed in no other way')
  if (method === 'TRACE') return refuse(response, 405, 'TRACE shows what was sent, and is not handed on')
  const headers = fillHeaders(sentOn(rawHeaders), secrets)
  const target = fillTarget(pathOf(url), secrets)
  const body = fillsBody(secrets) ? await filledBody(request, response, context) : undefined
  if (body === 'too large') {
    const most = `${MOST_FILLED / 1024 / 1024} MiB`
    return refuse(response, 413, `a request whose body takes a secret may have ${most}`)
  }
  try {
    await context.deliver([...headers.used, ...target.used, ...(body?.used ?? [])])
  } catch {
    return refuse(response, 503, "the audit log can't be written, so no secret is handed over")
  }
  const sent = out.send({
    method,
    path: target.filled,
    headers: body === undefined ? [...headers.filled] : withLength(headers.filled, body.bytes.length),
  })
  answerTo(sent, request, response, context)
  if (body !== undefined) sent.end(body.bytes)
  else
    pipeline(request, new Paced(context.pace), sent, (error) => {
      if (error) sent.destroy()
    })
}

type FilledBody = { readonly bytes: Buffer; readonly used: ExchangeContext['secrets'] }

async function filledBody(
  request: IncomingMessage,
  response: ServerResponse,
  { secrets, pace }: ExchangeContext,
): Promise<FilledBody | 'too large' | undefined> {
  const { rawHeaders } = request
  const isThere = ['content-length', 'transfer-encoding'].some(
    (name) => valuesOf(name, rawHeaders).length > 0,
  )
  if (!isThere) return undefined
  if (valuesOf('expect', rawHeaders).length > 0) response.writeContinue()
  const bytes = await bodyWithin(request, MOST_FILLED, pace)
  if (bytes === undefined) return 'too large'
  const { filled, used } = fillBody(
    bytes.toString('latin1'),
    valuesOf('content-type', rawHeaders)[0] ?? '',
    secrets,
  )
  return { bytes: Buffer.from(filled, 'latin1'), used }
}

function isPackedTransfer(headers: RawHeaders): boolean {
  return valuesOf('transfer-encoding', headers).some((value) => value.trim().toLowerCase() !== 'chunked')
}

function withLength(headers: RawHeaders, length: number): string[] {
  const kept = lessHeaders(headers, (name) => /^(?:content-length|transfer-encoding|expect)$/.test(name))
  return [...kept, 'Content-Length', String(length)]
}

function answerTo(
  sent: ClientRequest,
  request: IncomingMessage,
  response: ServerResponse,
  context: ExchangeContext,
): void {
  const { to } = context
  response.once('close', () => {
    if (!response.writableFinished) sent.destroy()
  })
  let mayGoOn = valuesOf('expect', request.rawHeaders).length === 0
  sent.once('continue', () => {
    mayGoOn = true
    response.writeContinue()
  })
  sent.on('error', (error) => {
    // As the server would see it without us: its own client knows what may be sent again.
    if (sent.reusedSocket && !response.headersSent) return void response.destroy()
    refuse(response, 502, `${to.host} could not be reached (${failureCode(error)})`)
  })
  sent.once('response', (answer) => {
    // A body that nobody asked for any more isn't sent.
    if (!mayGoOn) response.shouldKeepAlive = false
    answer.once('end', () => keepSending(sent))
    try {
      hand(answer, request.method ?? 'GET', response, context)
    } catch {
      // A head that can't be written again.
      answer.destroy()
      refuse(response, 502, 'the answer can not be handed on')
    }
  })
}

/** Once an answer is complete Node doesn't tell a request any more that it may go on; one that is longer would stand still. */
function keepSending(sent: ClientRequest): void {
  const { socket } = sent
  if (sent.writableFinished || socket === null) return
  const drained = (): void => void sent.emit('drain')
  const done = (): void => void socket.off('drain', drained)
  socket.on('drain', drained)
  sent.once('finish', done).once('close', done)
}

function hand(
  answer: IncomingMessage,
  method: string,
  response: ServerResponse,
  { mask, pace }: ExchangeContext,
): void {
  const { statusCode = 502, statusMessage = '', rawHeaders } = answer
  const codings = codingsOf(rawHeaders)
  const hasBody = method !== 'HEAD' && !NO_BODY.has(statusCode)
  if (hasBody && (codings === undefined || isPackedTransfer(rawHeaders))) {
    answer.destroy()
    return refuse(
      response,
      502,
      "the answer is packed in a way that can't be looked into, so it is not handed on",
    )
  }
  response.sendDate = false
  response.writeHead(statusCode, reasonOf(statusMessage, mask), answerHeaders(rawHeaders, mask))
  if (!hasBody) {
    answer.resume()
    return void response.end()
  }
  const masking = new Masking(mask, {
    pace,
    isText: isTextual(rawHeaders),
    mayHold: !isStreamed(rawHeaders),
    onEnd: () => {
      const trailers = pairsOf(maskedHeaders(answer.rawTrailers, mask)).filter(isWritable)
      if (trailers.length > 0) response.addTrailers(trailers)
    },
  })
  // What has begun and breaks off, breaks off.
  pipeline([answer, ...unpacking(codings ?? []), masking, response], (error) => {
    if (error) response.destroy()
  })
  response.flushHeaders()
}

/** Nobody reads more than the status, so what can't be written again is left out. */
export function reasonOf(reason: string, mask: AnswerMask): string {
  return /^[\t\u0020-\u007e]*$/.test(reason) ? mask.whole(reason) : ''
}

/** As they came, masked, and without what is no longer true. */
export function answerHeaders(headers: RawHeaders, mask: AnswerMask): string[] {
  const isPacked = (codingsOf(headers) ?? ['']).length > 0
  const kept = lessHeaders(
    endToEnd(headers),
    (name) =>
      name === 'transfer-encoding' ||
      // It leads past the broker.
      name === 'alt-svc' ||
      (isPacked && (name === 'content-encoding' || name === 'content-length')),
  )
  return maskedHeaders(kept, mask)
}

function maskedHeaders(headers: RawHeaders, mask: AnswerMask): string[] {
  return headers.map((text) => mask.whole(text))
}

function isWritable([name, value]: readonly [string, string]): boolean {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return true
  } catch {
    return false
  }
}

function pairsOf(headers: RawHeaders): [string, string][] {
  return headers.flatMap((value, at) =>
    at % 2 === 1 ? [[headers[at - 1] ?? '', value] as [string, string]] : [],
  )
}
