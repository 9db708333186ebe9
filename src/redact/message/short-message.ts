/**
 * Writes the texts that joins.ts makes of a message into memory that is used again and again, where the message is
 * short. Nearly all are, and in nearly all nothing is found, so nothing has to be made of them.
 */
import { ExactNumber } from '../../json/number.ts'
import { Units } from '../forms/units.ts'
import { BREAK, LINE } from './joins.ts'
import type { Leaf } from './leaves.ts'
import { KEY_OF_PROTOCOL, OF_BYTES, OF_PROTOCOL, usesOf } from './names.ts'

type Members = Readonly<Record<string, unknown>>

/** UTF-16 units of all leaves: a message's, and as many that a thread remembers of those before it (thread.ts). */
const MOST_UNITS = 2 * 4096
const MOST_LEAVES = 256 + 128
/** Of all groups of leaves: each is in two at most. */
export const MOST_TOGETHER = 2 * MOST_UNITS + MOST_LEAVES * BREAK.length
/** Arrays and objects within each other: few enough to call for each, and fewer than a message may have. */
const DEEPEST = 32

/** What one leaf is as base64. */
const DECODED = Buffer.alloc(MOST_UNITS)

/** A leaf is one of these; the groups are those of joins.ts. */
const KEY = 0
const OTHER_KEY = 1
const STRING = 2
const OTHER_STRING = 3
const NUMBER = 4
/** It stands in a group of its name already. */
const TAKEN = 8

export class ShortMessage {
  /** All leaves, one behind the other. */
  readonly leaves = new Units(MOST_UNITS)
  /** Of each leaf, where it starts; and where the last one ends. */
  readonly starts = new Uint16Array(MOST_LEAVES + 1)
  /** How many leaves. */
  count = 0
  /** What members that hold bytes are as base64, a unit each, one behind the other; nothing where no two are there. */
  readonly bytes = new Units(MOST_UNITS)
  /** The groups of leaves that go on from one to the next; nothing where no two belong together. */
  readonly edges = new Units(MOST_TOGETHER)
  readonly #lines = new Units(MOST_UNITS + MOST_LEAVES * LINE.length)
  readonly #kinds = new Uint8Array(MOST_LEAVES)
  #keys = 0
  #strings = 0
  #blobs = 0
  /** One of them has several lines, which are decoded one by one. */
  #hasLines = false
  /** Of those that are no keys: which leaf it is, and its name. */
  readonly #values = new Uint16Array(MOST_LEAVES)
  readonly #names: string[] = Array.from({ length: MOST_LEAVES }, () => '')
  #named = 0

  /** False for a message that is long, nested deeply, or has what other texts are made of; then nothing is known. */
  take(value: unknown): boolean {
    this.#clear()
    return !isListed(Object.prototype) && this.#takeAny(value, '', 0, 0) && this.#end()
  }

  /** The same of what leaves.ts makes of messages. */
  takeLeaves(leaves: readonly Leaf[]): boolean {
    this.#clear()
    for (const { kind, text, name } of leaves) {
      const isTaken =
        kind === 'key'
          ? this.#takeKey(text, usesOf(text))
          : kind === 'string'
            ? this.#takeString(text, name, usesOf(name))
            : this.#takeValue(text, name, NUMBER)
      if (!isTaken) return false
    }
    return this.#end()
  }

  #clear(): void {
    this.leaves.size = 0
    this.bytes.size = 0
    this.edges.size = 0
    this.count = 0
    this.#keys = 0
    this.#strings = 0
    this.#blobs = 0
    this.#hasLines = false
    this.#named = 0
  }

  #end(): boolean {
    if (this.#blobs < 2) this.bytes.size = 0
    else if (this.#hasLines) return false
    this.starts[this.count] = this.leaves.size
    this.#writeEdges()
    return true
  }

  /** Each leaf on a line of its own, written when it is asked for. */
  get lines(): Units {
    const lines = this.#lines
    lines.size = 0
    for (let at = 0; at < this.count; at++) {
      if (at > 0) lines.add(LINE)
      lines.addOf(this.leaves, this.starts[at] as number, this.starts[at + 1] as number)
    }
    return lines
  }

  /** @param uses of the name */
  #takeAny(value: unknown, name: string, uses: number, depth: number): boolean {
    if (typeof value === 'string') return this.#takeString(value, name, uses)
    if (typeof value === 'number') return this.#takeValue(String(value), name, NUMBER)
    if (value === null || typeof value !== 'object') return true
    if (depth === DEEPEST) return false
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) if (!this.#takeAny(value[i], name, uses, depth + 1)) return false
      return true
    }
    if (value instanceof ExactNumber) return this.#takeValue(String(value), name, NUMBER)
    return Object.getPrototypeOf(value) === Object.prototype && this.#takeMembers(value as Members, depth)
  }

  #takeMembers(value: Members, depth: number): boolean {
    // All of them are its own, since of its prototype none is listed.
    for (const name in value) {
      const uses = usesOf(name)
      if (!this.#takeKey(name, uses) || !this.#takeAny(value[name], name, uses, depth + 1)) return false
    }
    return true
  }

  #takeKey(name: string, uses: number): boolean {
    const isOther = (uses & KEY_OF_PROTOCOL) === 0
    if (isOther) this.#keys += 1
    return this.#takeLeaf(name, isOther ? OTHER_KEY : KEY)
  }

  #takeString(text: string, name: string, uses: number): boolean {
    const isOther = (uses & OF_PROTOCOL) === 0
    if (isOther) this.#strings += 1
    if (!this.#takeValue(text, name, isOther ? OTHER_STRING : STRING)) return false
    if ((uses & OF_BYTES) !== 0) this.#takeBytes(text)
    return true
  }

  #takeBytes(text: string): void {
    this.#blobs += 1
    this.#hasLines ||= text.includes('\n')
    this.bytes.addBytes(DECODED, DECODED.write(text, 0, Buffer.byteLength(text, 'base64'), 'base64'))
  }

  #takeValue(text: string, name: string, kind: number): boolean {
    if (!this.#takeLeaf(text, kind)) return false
    this.#values[this.#named] = this.count - 1
    this.#names[this.#named] = name
    this.#named += 1
    return true
  }

  #takeLeaf(text: string, kind: number): boolean {
    const { leaves, count } = this
    if (count === MOST_LEAVES || leaves.size + text.length > MOST_UNITS) return false
    this.#kinds[count] = kind
    this.starts[count] = leaves.size
    leaves.add(text)
    this.count = count + 1
    return true
  }

  #writeEdges(): void {
    if (this.#strings > 1) this.#writeKind(OTHER_STRING)
    if (this.#keys > 1) this.#writeKind(OTHER_KEY)
    for (let at = 0; at < this.#named - 1; at++) this.#writeNamed(at)
  }

  #writeKind(kind: number): void {
    for (let at = 0; at < this.count; at++) if (this.#kinds[at] === kind) this.#writeLeaf(at)
    this.edges.add(BREAK)
  }

  /** All that have the name of this one, unless it is taken or the only one, or they are the strings. */
  #writeNamed(first: number): void {
    const name = this.#names[first]
    let second = first + 1
    while (second < this.#named && this.#names[second] !== name) second += 1
    if (second === this.#named || this.#isTaken(first)) return
    const { size } = this.edges
    let [count, strings] = [0, 0]
    for (let at = first; at < this.#named; at++) {
      if (this.#names[at] !== name) continue
      const leaf = this.#values[at] as number
      const kind = this.#kinds[leaf] as number
      this.#writeLeaf(leaf)
      this.#kinds[leaf] = kind | TAKEN
      count += 1
      if (kind === OTHER_STRING) strings += 1
    }
    if (strings === count && count === this.#strings) this.edges.size = size
    else this.edges.add(BREAK)
  }

  #isTaken(at: number): boolean {
    return ((this.#kinds[this.#values[at] as number] as number) & TAKEN) !== 0
  }

  #writeLeaf(at: number): void {
    this.edges.addOf(this.leaves, this.starts[at] as number, this.starts[at + 1] as number)
  }
}

/** Whether others would be told of a member of it as if it were theirs. */
function isListed(prototype: object): boolean {
  for (const _name in prototype) return true
  return false
}
