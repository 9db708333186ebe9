/**
 * Reads messages out of the bodies that a remote server sends: one that is the answer, or a stream of events. They are
 * framed like those of a child (wire/framing.ts), so the same bounds hold.
 *
 * - More than 10 MiB of a body are not read. A stream of events is read on when what it has brought was handed on, so no
 *   more than that waits.
 * - While a long message arrives everybody else gets a turn between its chunks.
 */
import type { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { coded } from '../../../net/failure.ts'
import { MAX_LINE_BYTES, parseLine, type Frame, type LargeLine } from '../../../wire/framing.ts'
import type { Id } from '../../../wire/ids.ts'
import { sniffId } from '../../../wire/scan.ts'
import { LARGE_BYTES } from '../../link/large.ts'
import { EventReader, type ServerEvent } from './event-stream.ts'

/** So much of a stream is looked at before others have a turn, also where it holds no message. */
const PIECE_BYTES = 16 * 1024
/** Where the id of a message is looked for that isn't parsed yet. */
const END_BYTES = 4096
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20

export type Arrived = Frame | LargeLine

/**
 * A body that is the answer to this request, whatever can't be told of it.
 *
 * @throws Error with a `code` when it breaks off
 */
export async function readBodyAnswer(body: Readable, answers: Id): Promise<Arrived> {
  const { chunks, length } = await chunksOf(body)
  if (length > MAX_LINE_BYTES) {
    const [head = Buffer.alloc(0)] = chunks
    const tail = chunks.at(-1) ?? head
    const id = sniffId(head.subarray(0, END_BYTES), tail.subarray(-END_BYTES), 'response') ?? answers
    return { kind: 'bad', why: 'too-long', bytes: length, id }
  }
  const [only] = chunks
  const line = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length)
  // Nobody else has it. A line feed in JSON is a space, and would be the end of a message to whoever gets it next.
  blank(line, LINE_FEED)
  blank(line, CARRIAGE_RETURN)
  if (line.length >= LARGE_BYTES) {
    const id = sniffId(line.subarray(0, END_BYTES), line.subarray(-END_BYTES), 'response') ?? answers
    return { kind: 'large', line: [line], id }
  }
  const frame = parseLine(line, 'response') ?? { kind: 'bad', why: 'not-json', bytes: length }
  if (frame.kind !== 'message') return { id: answers, ...frame }
  const { message } = frame
  const isNameless = !('method' in message) && (message['id'] === undefined || message['id'] === null)
  return isNameless ? { kind: 'message', message: { ...message, id: answers } } : frame
}

/** All of it, or a little more than the most that is read. */
function chunksOf(body: Readable): Promise<{ chunks: Buffer[]; length: number }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    let isOver = false
    const over = (): void => {
      isOver = true
      resolve({ chunks, length })
    }
    body.on('data', (chunk: Buffer) => {
      length += chunk.length
      chunks.push(chunk)
      if (length <= MAX_LINE_BYTES) return
      over()
      body.destroy()
    })
    body.on('end', over)
    body.on('error', reject)
    body.on('close', () => {
      if (!isOver) reject(coded('ECONNRESET'))
    })
  })
}

function blank(line: Buffer, byte: number): void {
  for (let at = line.indexOf(byte); at !== -1; at = line.indexOf(byte, at + 1)) line[at] = SPACE
}

export interface StreamHooks {
  /** Each event, before its message is handed on. */
  onEvent(event: ServerEvent): void
  /** Undefined when they were handed on at once; else it resolves when they were, and more may be read. */
  take(messages: Iterable<Arrived>): Promise<void> | undefined
}

/** Resolves when the stream has come to its end, or broke off, and what it has brought was handed on. */
export function readEvents(body: Readable, reader: EventReader, hooks: StreamHooks): Promise<void> {
  const handOn = (bytes: Buffer, from: number): Promise<void> | undefined => {
    for (let at = from; at < bytes.length; at += PIECE_BYTES) {
      const next = at + PIECE_BYTES
      const wait = hooks.take(messagesOf(reader.push(bytes.subarray(at, next)), hooks))
      if (wait !== undefined) return wait.then(() => handOn(bytes, next))
    }
    return reader.inLongEvent ? setImmediate() : undefined
  }
  return new Promise((resolve) => {
    let isBusy = false
    let isOver = false
    const end = (): void => {
      isOver = true
      if (!isBusy) resolve()
    }
    const goOn = (): void => {
      isBusy = false
      if (isOver) resolve()
      else body.resume()
    }
    body.on('end', end).on('error', end).on('close', end)
    body.on('data', (chunk: Buffer) => {
      let wait: Promise<void> | undefined
      try {
        wait = handOn(chunk, 0)
      } catch {
        // A defect of ours costs this stream, and not the process.
        body.destroy()
      }
      if (wait === undefined) return
      isBusy = true
      body.pause()
      void wait.then(goOn, goOn)
    })
  })
}

function* messagesOf(
  events: Iterable<ServerEvent>,
  { onEvent }: Pick<StreamHooks, 'onEvent'>,
): Generator<Arrived, void, void> {
  for (const event of events) {
    onEvent(event)
    if (event.type === 'message' && event.frame !== undefined) yield event.frame
  }
}

/** It says something by itself, and is no answer; of a long message only that it names no request is known. */
export function isSaid(message: Arrived): boolean {
  if (message.kind === 'message') return typeof message.message['method'] === 'string'
  return message.kind === 'large' && message.id === undefined
}
