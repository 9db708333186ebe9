/**
 * Adds to the book in argv[2] without end, and prints an entry once it is told that it is written. argv[3] is how:
 * "sync" and "async" as the product does, "former" as version 0.1 did with its one file, until it finds that moved.
 * argv[4] bounds how many. Between reading and writing it takes its time, so that it is often stopped just there.
 */
import { readFileSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Book } from '../../dist/state/book.js'
import { withLockSync } from '../../dist/state/lock.js'

const [dir, how, most = 'Infinity'] = process.argv.slice(2)
const file = `${dir}.json`
const read = (value) => (Array.isArray(value.entries) ? value.entries : undefined)
const form = { what: 'the book', cost: 'begin anew', full: 'write less', version: 1, maxBytes: 1e7, read }
const book = new Book(dir, { ...form, write: (entries) => ({ entries }) }, { file, read })

/** Its thread does nothing else meanwhile, and takes no processor either. */
function pause() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 6 * Math.random())
}

function asVersion01(entry) {
  return withLockSync(file, { waitMs: 60_000, staleMs: 1500 }, (held) => {
    let text = '{"version":1,"entries":[]}'
    try {
      text = readFileSync(file, 'utf8')
    } catch {
      // It is the first one.
    }
    const { version, entries } = JSON.parse(text)
    if (version !== 1) return false
    pause()
    held.replace(JSON.stringify({ version, entries: [...entries, entry] }))
    return true
  })
}

for (let n = 0; n < Number(most); n += 1) {
  const entry = `${process.pid}.${n}`
  if (how === 'former') {
    if (!asVersion01(entry)) break
  } else if (how === 'sync') {
    book.change((entries = []) => {
      pause()
      return [...entries, entry]
    })
  } else {
    await book.changeSlowly(async (entries = []) => {
      await sleep(6 * Math.random())
      return [...entries, entry]
    })
  }
  writeSync(1, `${entry}\n`)
}
