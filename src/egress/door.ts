/**
 * The door of one server: a socket that stands in its sandbox, and is all that leads out of it. What comes in is a request
 * to connect (`CONNECT host:port`, RFC 9110 9.3.6), of which nothing but its first line counts, or the questions for names
 * (`NAMES`). The server can speak to it as it likes; what it is given is decided here.
 *
 * Inside (inside/), names have addresses of the pool, so a program that connects to one needs to know nothing of this.
 */
import { createServer, type Server, type Socket } from 'node:net'
import ipaddr from 'ipaddr.js'
import { plainName } from '../confine/network.ts'
import { coded, failureCode } from '../net/failure.ts'
import { Budget } from '../wire/budget.ts'
import { answerTo, RCODE, readQuestion, TYPE_A, type NameQuestion } from './dns.ts'
import type { Destination } from './interceptor.ts'
import { join } from './join.ts'
import { judgeName, wayTo, type JudgedWay, type JudgeDeps } from './judge.ts'
import { isThisMachine } from './names.ts'
import { AddressPool } from './pool.ts'
import { refusedText, type RefusedPlace } from './refused-places.ts'

export interface DoorDeps extends JudgeDeps {
  readonly server: string
  onRefused(refusal: RefusedPlace): void
  /** The first one has come in. */
  readonly onEntered?: () => void
}

export interface Door {
  /** All that went through ends too. */
  close(): void
}

const MAX_HEAD_BYTES = 8192
const HEAD_MS = 10_000
const MAX_CONNECTIONS = 512
const MOST_QUESTIONS = 128
const MAX_FRAME_BYTES = 4096
/** Of the loop, measured. */
const CONNECTION_MS = 0.1
const QUESTION_MS = 0.03

/** @param path of the socket, which must not be there */
export async function openDoor(path: string, deps: DoorDeps): Promise<Door> {
  const open = new Set<Socket>()
  const entry = new Entry(deps)
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket)
    socket.on('error', () => undefined).once('close', () => open.delete(socket))
    entry.take(socket)
  })
  if (deps.onEntered !== undefined) server.once('connection', deps.onEntered)
  server.maxConnections = MAX_CONNECTIONS
  await listening(server, path)
  server.on('error', () => undefined)
  return {
    close() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

class Entry {
  readonly #deps: DoorDeps
  readonly #pool = new AddressPool()
  readonly #budget = new Budget()

  constructor(deps: DoorDeps) {
    this.#deps = deps
  }

  take(socket: Socket): void {
    let head = Buffer.alloc(0)
    const late = setTimeout(() => socket.destroy(), HEAD_MS)
    socket.once('close', () => clearTimeout(late))
    // Not by `data`, so that whoever gets the socket finds it as if nobody had read.
    const onReadable = (): void => {
      const chunk = socket.read() as Buffer | null
      if (chunk === null) return
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end === -1 && head.length <= MAX_HEAD_BYTES) return
      socket.off('readable', onReadable)
      clearTimeout(late)
      if (end === -1 || end > MAX_HEAD_BYTES) return say(socket, 431, 'The request is too long.')
      const rest = head.subarray(end + 4)
      if (rest.length > 0) socket.unshift(rest)
      const [line = ''] = head.toString('latin1', 0, end).split('\r\n')
      if (line === 'NAMES') void this.#names(socket)
      else void this.#connect(line, socket)
    }
    socket.on('readable', onReadable).once('end', () => {
      if (head.indexOf('\r\n\r\n') === -1) socket.destroy()
    })
  }

  async #connect(line: string, socket: Socket): Promise<void> {
    const [, authority] = /^CONNECT (\S+) HTTP\/1\.[01]$/.exec(line) ?? []
    if (authority === undefined) return say(socket, 405, 'Only CONNECT is understood here.')
    const to = this.#destination(authority)
    if (to === undefined) return say(socket, 400, 'That is no host and port.')
    await this.#turn(CONNECTION_MS)
    const judged = await wayTo(to, this.#deps)
    if (socket.destroyed) return
    if (judged.kind === 'refused') return this.#refuse(socket, to, judged)
    if (judged.kind === 'failed') return say(socket, 502, `${to.host} can't be reached (${judged.code}).`)
    const { interceptor } = this.#deps
    const gone = new AbortController()
    socket.once('close', () => gone.abort(coded('ECANCELED')))
    if (judged.kind === 'intercept' && interceptor !== undefined) {
      socket.write(OPENED)
      interceptor.take(socket, to, async () => judged.connect(gone.signal))
      return
    }
    try {
      const far = await judged.connect(gone.signal)
      if (socket.destroyed) far.destroy()
      else {
        socket.write(OPENED)
        join(socket, far, this.#budget)
      }
    } catch (error) {
      say(socket, 502, `${to.host} can't be reached (${failureCode(error)}).`)
    }
  }

  #refuse(socket: Socket, to: Destination, { why, address }: Extract<JudgedWay, { kind: 'refused' }>): void {
    const refusal = this.#refused(to, why, address)
    const { message, hint } = refusedText(refusal)
    say(socket, 403, `${message}. (${hint})`)
  }

  #refused(
    to: { readonly host: string; readonly port?: number },
    why: RefusedPlace['why'],
    address?: string,
  ): RefusedPlace {
    const refusal: RefusedPlace = {
      server: this.#deps.server,
      ...to,
      why,
      ...(address === undefined ? {} : { address }),
      at: Date.now(),
    }
    this.#deps.onRefused(refusal)
    return refusal
  }

  /** What is asked for, by its name where it has one. */
  #destination(authority: string): Destination | undefined {
    const [, inBrackets, plain = '', digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(authority) ?? []
    const port = Number(digits)
    if (digits === undefined || port < 1 || port > 65_535) return undefined
    const written = inBrackets ?? plain
    if (ipaddr.IPv6.isValid(written) || ipaddr.IPv4.isValidFourPartDecimal(written)) {
      const address = ipaddr.process(written).toString()
      return { host: this.#pool.nameOf(address) ?? address, port }
    }
    const host = plainName(written)
    return host === undefined ? undefined : { host, port }
  }

  /** What a server asks for costs it its part of the loop. */
  async #turn(ms: number): Promise<void> {
    const wait = this.#budget.spend(ms)
    if (wait !== undefined) await this.#budget.rest(wait)
  }

  /** Questions, each behind its length and the tag that its answer has to bear; in two bytes each. */
  async #names(socket: Socket): Promise<void> {
    let open = 0
    const answer = async (tag: Buffer, question: NameQuestion): Promise<void> => {
      open += 1
      const answer = await this.#answer(question)
      open -= 1
      const size = Buffer.alloc(2)
      size.writeUInt16BE(answer.length + 2)
      if (!socket.destroyed) socket.write(Buffer.concat([size, tag, answer]))
    }
    try {
      for await (const frame of framesOf(socket)) {
        await this.#turn(QUESTION_MS)
        const question = readQuestion(frame.subarray(2))
        // What isn't answered is asked again, or given up.
        if (question === undefined || open >= MOST_QUESTIONS || socket.writableLength > 65_536) continue
        void answer(frame.subarray(0, 2), question)
      }
    } catch {
      // It broke off.
    }
    socket.destroy()
  }

  async #answer(question: NameQuestion): Promise<Buffer> {
    const name = plainName(question.name)
    if (name === undefined) return answerTo(question, RCODE.unknown)
    if (isThisMachine(name))
      return answerTo(question, RCODE.ok, question.type === TYPE_A ? '127.0.0.1' : undefined)
    const judged = await judgeName(name, this.#deps)
    if (judged === 'refused') this.#refused({ host: name }, 'host')
    if (judged === 'failed') return answerTo(question, RCODE.failed)
    if (judged !== 'known') return answerTo(question, RCODE.unknown)
    return answerTo(question, RCODE.ok, question.type === TYPE_A ? this.#pool.addressOf(name) : undefined)
  }
}

/** What is said on a connection, in parts behind their lengths; ends with what is none. */
async function* framesOf(socket: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0)
  for await (const chunk of socket) {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 2) {
      const length = rest.readUInt16BE(0)
      if (length < 2 || length > MAX_FRAME_BYTES) return
      if (rest.length < 2 + length) break
      yield rest.subarray(2, 2 + length)
      rest = rest.subarray(2 + length)
    }
  }
}

const OPENED = 'HTTP/1.1 200 OK\r\n\r\n'
const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  405: 'Method Not Allowed',
  431: 'Request Header Fields Too Large',
  502: 'Bad Gateway',
}

/** The last thing that is said on a connection. Any program that speaks HTTP shows it. */
function say(socket: Socket, status: number, text: string): void {
  const body = `sidemux: ${text}\n`
  socket.on('error', () => undefined).resume()
  socket.end(
    `HTTP/1.1 ${status} ${REASONS[status] ?? ''}\r\ncontent-type: text/plain; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
