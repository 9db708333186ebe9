/**
 * A stream of server-sent events (WHATWG HTML, 9.2.6), cut into messages as a child's stdout is (framing.ts): what is in
 * a `data` field goes to the framer byte by byte and is never kept here, so an event that never ends costs no more than
 * a line that never ends. Of the other fields only short ones count. Several `data` lines of an event become one
 * line, which in JSON is the same.
 */
import { LineFramer, parseLine, type Frame, type LargeLine } from '../../../wire/framing.ts'
import { LARGE_BYTES } from '../../link/large.ts'

export interface ServerEvent {
  /** `message` when none was given. */
  readonly type: string
  readonly id?: string
  readonly retryMs?: number
  /** The first bytes of its data, for events that aren't messages; empty where nobody asked for it. */
  readonly start: string
  /** It has a data field, be it empty. */
  readonly hasData: boolean
  /** Absent when the data is empty. */
  readonly frame?: Frame | LargeLine
}

const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a
const SPACE = 0x20
const MAX_FIELD_BYTES = 1024
const MAX_START_BYTES = 8192
const NEWLINE = Buffer.from('\n')
const GAP = Buffer.from(' ')

type Field = 'data' | 'event' | 'id' | 'retry' | 'other'

export class EventReader {
  readonly #framer = new LineFramer<LargeLine>({ largeBytes: LARGE_BYTES })
  /** Of the present line: its name until the colon, then which field it is, then its value unless it is data. */
  #name = ''
  #field: Field | undefined
  #value: Buffer[] = []
  #valueBytes = 0
  #afterColon = false
  #lineIsEmpty = true
  #skipLineFeed = false
  /** Of the present event. */
  #event: { type?: string; id?: string; retryMs?: number } = {}
  #hasData = false
  /** All of its data, as long as that is one piece of the present chunk: most events need no copy. */
  #whole: Buffer | undefined
  #isInFramer = false
  readonly #keepsStart: boolean
  #start: Buffer[] = []
  #startBytes = 0

  constructor({ keepsStart = false } = {}) {
    this.#keepsStart = keepsStart
  }

  /** An event is arriving whose data is longer than one chunk. */
  get inLongEvent(): boolean {
    return this.#framer.inLongLine
  }

  #take(part: Buffer): void {
    let at = 0
    if (this.#field === undefined) {
      const colon = part.indexOf(COLON)
      const name = part.subarray(0, colon === -1 ? part.length : colon)
      if (this.#name.length < 16) this.#name += name.toString('latin1', 0, 16)
      this.#lineIsEmpty = false
      if (colon === -1) return
      this.#field = fieldOf(this.#name)
      this.#beginValue()
      this.#afterColon = true
      at = colon + 1
    }
    if (at >= part.length) return
    if (this.#afterColon && part[at] === SPACE) at += 1
    this.#afterColon = false
    this.#takeValue(part.subarray(at))
  }

  /** The events that `chunk` completes. */
  *push(chunk: Buffer): Generator<ServerEvent, void, void> {
    let from = 0
    let cr = chunk.indexOf(CR)
    if (this.#skipLineFeed && chunk[0] === LF) from = 1
    if (chunk.length > 0) this.#skipLineFeed = false
    while (from < chunk.length) {
      if (cr !== -1 && cr < from) cr = chunk.indexOf(CR, from)
      const lf = chunk.indexOf(LF, from)
      const end = lf === -1 ? cr : cr === -1 ? lf : Math.min(cr, lf)
      if (end === -1) {
        this.#take(chunk.subarray(from))
        break
      }
      if (end > from) this.#take(chunk.subarray(from, end))
      const event = this.#endLine()
      if (event !== undefined) yield event
      from = end + 1
      if (chunk[end] !== CR) continue
      if (chunk[from] === LF) from += 1
      else if (from === chunk.length) this.#skipLineFeed = true
    }
    this.#copy()
  }

  #beginValue(): void {
    if (this.#field !== 'data') return
    if (this.#hasData) this.#exhaust(GAP)
    this.#hasData = true
  }

  #takeValue(part: Buffer): void {
    if (part.length === 0 || this.#field === 'other') return
    if (this.#field === 'data') {
      this.#exhaust(part)
      const room = this.#keepsStart ? MAX_START_BYTES - this.#startBytes : 0
      if (room > 0) this.#start.push(Buffer.from(part.subarray(0, room)))
      if (this.#keepsStart) this.#startBytes += part.length
      return
    }
    this.#valueBytes += part.length
    if (this.#valueBytes <= MAX_FIELD_BYTES) this.#value.push(Buffer.from(part))
  }

  #exhaust(part: Buffer): void {
    if (this.#whole === undefined && !this.#isInFramer) {
      this.#whole = part
      return
    }
    this.#copy()
    this.#frame(part)
  }

  /** Its chunk will be another's, or there is more of it. */
  #copy(): void {
    if (this.#whole === undefined) return
    this.#frame(this.#whole)
    this.#whole = undefined
    this.#isInFramer = true
  }

  /** Data without a line feed completes no frame. */
  #frame(part: Buffer): void {
    for (const _frame of this.#framer.push(part)) throw new Error('a frame without its end')
  }

  #endLine(): ServerEvent | undefined {
    if (this.#lineIsEmpty) return this.#dispatch()
    if (this.#field === undefined) {
      this.#field = fieldOf(this.#name)
      this.#beginValue()
    }
    const isKept = this.#field !== 'data' && this.#field !== 'other'
    if (isKept && this.#valueBytes <= MAX_FIELD_BYTES)
      this.#note(this.#field, Buffer.concat(this.#value).toString('utf8'))
    this.#name = ''
    this.#field = undefined
    if (this.#valueBytes > 0) this.#value = []
    this.#valueBytes = 0
    this.#afterColon = false
    this.#lineIsEmpty = true
    return undefined
  }

  #note(field: Field, value: string): void {
    if (field === 'event') this.#event.type = value
    // It is sent back as a header.
    if (field === 'id' && /^[\x21-\x7e]*$/.test(value)) this.#event.id = value
    if (field === 'retry' && /^\d{1,9}$/.test(value)) this.#event.retryMs = Number(value)
  }

  #message(): Frame | LargeLine | undefined {
    const whole = this.#whole
    if (whole !== undefined && whole.length < LARGE_BYTES) return parseLine(whole, 'response')
    this.#copy()
    const [frame] = this.#framer.push(NEWLINE)
    return frame
  }

  #dispatch(): ServerEvent {
    const frame = this.#hasData ? this.#message() : undefined
    const { type, ...rest } = this.#event
    const event: ServerEvent = {
      ...rest,
      type: type === undefined || type === '' ? 'message' : type,
      start: this.#startBytes === 0 ? '' : Buffer.concat(this.#start).toString('utf8'),
      hasData: this.#hasData,
      ...(frame === undefined ? {} : { frame }),
    }
    this.#event = {}
    this.#hasData = false
    this.#whole = undefined
    this.#isInFramer = false
    if (this.#startBytes > 0) this.#start = []
    this.#startBytes = 0
    return event
  }
}

/** A byte order mark may stand before the very first name. */
function fieldOf(name: string): Field {
  const bare = name.replace(/^\u00ef\u00bb\u00bf/, '')
  return bare === 'data' || bare === 'event' || bare === 'id' || bare === 'retry' ? bare : 'other'
}
