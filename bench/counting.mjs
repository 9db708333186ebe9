// Counts in this process what a call costs whatever the machine does: JSON written and parsed, what is hashed, and
// synchronous system calls on files. Promise 9: the same work is not done twice.
import crypto from 'node:crypto'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** As they are without counting, for whoever measures. */
export const { parse, stringify } = JSON

const SYNC = Object.keys(fs).filter((name) => name.endsWith('Sync') && typeof fs[name] === 'function')
const EMPTY = { writes: 0, written: 0, parses: 0, parsed: 0, hashes: 0, hashed: 0, files: 0 }

/** What was counted since `begin`; `end` takes the counters out again. */
export class Counting {
  #counts = { ...EMPTY }
  #undo = []

  constructor() {
    const counts = (change) => change(this.#counts)
    this.#replace(JSON, 'stringify', (plain) => (...given) => {
      const text = plain(...given)
      counts((to) => ((to.writes += 1), (to.written += text?.length ?? 0)))
      return text
    })
    this.#replace(JSON, 'parse', (plain) => (...given) => {
      counts((to) => ((to.parses += 1), (to.parsed += String(given[0]).length)))
      return plain(...given)
    })
    const hashed = (data) =>
      counts((to) => (to.hashed += typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength))
    this.#replace(crypto, 'createHash', (plain) => (...given) => {
      const hash = plain(...given)
      const update = hash.update.bind(hash)
      counts((to) => (to.hashes += 1))
      return Object.assign(hash, { update: (data, ...rest) => (hashed(data), update(data, ...rest)) })
    })
    if (crypto.hash !== undefined)
      this.#replace(crypto, 'hash', (plain) => (name, data, ...rest) => {
        counts((to) => (to.hashes += 1))
        hashed(data)
        return plain(name, data, ...rest)
      })
    for (const name of SYNC)
      this.#replace(fs, name, (plain) =>
        Object.assign((...given) => (counts((to) => (to.files += 1)), plain(...given)), plain),
      )
    syncBuiltinESMExports()
  }

  #replace(object, name, around) {
    const plain = object[name]
    object[name] = around(plain)
    this.#undo.push(() => (object[name] = plain))
  }

  begin() {
    this.#counts = { ...EMPTY }
  }

  get counts() {
    return { ...this.#counts }
  }

  end() {
    for (const undo of this.#undo) undo()
    syncBuiltinESMExports()
  }
}
