/**
 * A WebSocket on its way through a broker: its head is filled as that of any request, and what the host sends is masked.
 * Frames are not unpacked, so no compression is offered; a value that a host splits over two frames is not seen.
 */
import type { IncomingMessage } from 'node:http'
import { pipeline, type Duplex } from 'node:stream'
import { failureCode } from '../../net/failure.ts'
import { Masking, unpacking } from './message/answer-body.ts'
import type { ExchangeContext } from './context.ts'
import { answerHeaders, reasonOf } from './exchange.ts'
import { Paced } from './pace.ts'
import type { AnswerMask } from './message/mask.ts'
import { fillHeaders, fillTarget } from './message/fill.ts'
import {
  codingsOf,
  sentOn,
  isTextual,
  misdirected,
  pathOf,
  valuesOf,
  lessHeaders,
  type RawHeaders,
} from './message/heads.ts'

const ENDS_OF_PIPELINES = 30

export function upgrade(
  request: IncomingMessage,
  client: { readonly socket: Duplex; readonly head: Buffer },
  context: ExchangeContext,
): void {
  const { socket } = client
  socket.on('error', () => socket.destroy())
  const { to } = context
  const { url = '/', rawHeaders } = request
  const wrong = misdirected(url, rawHeaders, to)
  if (wrong !== undefined) return answer(socket, 421, `this request isn't for ${to.host}: ${wrong}`)
  if (valuesOf('upgrade', rawHeaders).join().trim().toLowerCase() !== 'websocket')
    return answer(socket, 501, 'of other protocols only WebSocket is handed on')
  open(request, client, context).catch(() => answer(socket, 502, 'the request could not be handed on'))
}

async function open(
  { url = '/', method = 'GET', rawHeaders }: IncomingMessage,
  { socket, head }: { readonly socket: Duplex; readonly head: Buffer },
  context: ExchangeContext,
): Promise<void> {
  const { secrets, out, mask, to, pace } = context
  await pace.of('request')
  const plain = lessHeaders(sentOn(rawHeaders), (name) => name === 'sec-websocket-extensions')
  const headers = fillHeaders(plain, secrets)
  const target = fillTarget(pathOf(url), secrets)
  try {
    await context.deliver([...headers.used, ...target.used])
  } catch {
    return answer(socket, 503, "the audit log can't be written, so no secret is handed over")
  }
  const sent = out.send({
    method,
    path: target.filled,
    headers: [...headers.filled, 'Connection', 'Upgrade', 'Upgrade', 'websocket'],
  })
  socket.once('close', () => sent.destroy())
  sent.on('error', (error) => answer(socket, 502, `${to.host} could not be reached (${failureCode(error)})`))
  sent.once('upgrade', (reply: IncomingMessage, far: Duplex, first: Buffer) => {
    far.on('error', () => far.destroy())
    const more = ['Connection', 'Upgrade', 'Upgrade', 'websocket']
    socket.write(headOf(reply, [...answerHeaders(reply.rawHeaders, mask), ...more], mask), 'latin1')
    if (first.length > 0) far.unshift(first)
    if (head.length > 0) far.write(head)
    // Each end of two pipelines has more than ten listeners, of which Node would tell the host's log as a leak.
    for (const end of [far, socket]) end.setMaxListeners(ENDS_OF_PIPELINES)
    pipeline(far, new Masking(mask, { pace, isText: false, mayHold: false }), socket, () => far.destroy())
    pipeline(socket, new Paced(pace), far, () => socket.destroy())
  })
  sent.once('response', (reply) => {
    const codings = codingsOf(reply.rawHeaders)
    if (codings === undefined) return answer(socket, 502, "the answer can't be looked into")
    const headers = [
      ...lessHeaders(answerHeaders(reply.rawHeaders, mask), (name) => name === 'content-length'),
      'Connection',
      'close',
    ]
    socket.write(headOf(reply, headers, mask), 'latin1')
    const masking = new Masking(mask, { pace, isText: isTextual(reply.rawHeaders), mayHold: false })
    pipeline([reply, ...unpacking(codings), masking, socket], () => socket.destroy())
  })
  sent.end()
}

function headOf(
  { statusCode = 502, statusMessage = '' }: IncomingMessage,
  headers: RawHeaders,
  mask: AnswerMask,
): string {
  const lines = headers.flatMap((value, at) => (at % 2 === 1 ? [`${headers[at - 1] ?? ''}: ${value}`] : []))
  return [`HTTP/1.1 ${statusCode} ${reasonOf(statusMessage, mask)}`, ...lines, '', ''].join('\r\n')
}

function answer(socket: Duplex, status: number, why: string): void {
  if (socket.destroyed || !socket.writable) return
  const text = `sidemux: ${why}\n`
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  )
}
