// Looks whether anything of the scene was changed that isn't the attackers' own, and puts it back.
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  chmodSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Where the attackers may write, below the home; the victim keeps its notes there. A home is named after what runs in it, too. */
const OWN = [
  /^\.local\/state\/sidemux\/homes\/(?:attacker|given|walled|heir)(?:-[0-9a-f]+)?(?:\/|$)/,
  /^project\/work\/(?!sprung)/,
  /^notes\//,
]
/** What the sidecar itself writes meanwhile: it only grows, and nothing of an attacker stands in it. */
const GROWS = /^\.local\/state\/sidemux\//
/** Of that this is never replaced or taken away while it runs. */
const STAYS = /\/audit\/[^/]*\.jsonl$/
/** Of what is new in the project only this counts: the rest is what the user gave to write in. */
const GUARDED_NEW =
  /^project\/(?:\.git\/|\.vscode\/|\.claude\/|\.mcp\.json|servers\.yaml|\.env|\.npmrc|node_modules\/)/
const STOLEN = 'STOLEN'

export class Guard {
  #home
  #extra
  #known = new Map()

  constructor({ home, tmpFile }) {
    this.#home = home
    this.#extra = [tmpFile]
    this.renew()
  }

  /** What stands there now is how it should be. */
  renew() {
    this.#known = this.#look()
  }

  /** What was changed since, by path. It is put back. */
  changes() {
    const now = this.#look()
    const changed = []
    for (const [path, before] of this.#known) {
      const file = now.get(path)
      if (GROWS.test(relative(this.#home, path))) {
        const isWhole = file?.text.startsWith(before.text.slice(0, 200)) === true
        if (STAYS.test(path) && !isWhole) changed.push(path)
      } else if (
        file === undefined ||
        file.text !== before.text ||
        file.mode !== before.mode ||
        file.time !== before.time
      ) {
        changed.push(path)
        restore(path, before)
      }
    }
    for (const [path, { text }] of now) {
      const name = relative(this.#home, path)
      if (
        GROWS.test(name) ? text.includes(STOLEN) && !path.endsWith('.log') : isNew(name, path, this.#known)
      ) {
        changed.push(path)
        rmSync(path, { force: true })
      }
    }
    this.renew()
    return [...new Set(changed)].map((path) => relative(this.#home, path))
  }

  #look() {
    const found = new Map()
    const take = (path) => {
      if (OWN.some((own) => own.test(relative(this.#home, path)))) return
      try {
        const stat = lstatSync(path)
        if (stat.isDirectory()) for (const name of readdirSync(path)) take(join(path, name))
        else if (stat.isFile())
          found.set(path, { text: readFileSync(path, 'latin1'), mode: stat.mode, time: stat.mtimeMs, stat })
      } catch {
        // A draft of the sidecar, gone by now.
      }
    }
    for (const path of [this.#home, ...this.#extra]) take(path)
    return found
  }
}

function isNew(name, path, known) {
  return (
    !known.has(path) && (!name.startsWith('project/') || GUARDED_NEW.test(name) || name.endsWith('/sprung'))
  )
}

function restore(path, before) {
  try {
    putBack(path, before)
  } catch {
    // Another program holds its place, such as the rival with an empty file of its own.
  }
}

function putBack(path, { text, mode, stat }) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text, 'latin1')
  chmodSync(path, mode & 0o7777)
  utimesSync(path, stat.atimeMs / 1000, stat.mtimeMs / 1000)
  // What is kept of a time is what the disk made of it.
  if (statSync(path).mtimeMs !== stat.mtimeMs) utimesSync(path, stat.atime, stat.mtime)
}
