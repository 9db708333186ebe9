/**
 * How a question looks on each host's screen, and with which keys a person answers it. Seen with the versions of
 * hosts.json at 110 by 50; a host that declares no elicitation has no form.
 */
import { setTimeout as after } from 'node:timers/promises'

/** Hosts draw anew after a key. */
const DRAWN_MS = 300
/** Two keys in one read would be taken for one. */
const KEY_MS = 60
const MOST_KEYS = 8

async function walk(screen, key, to) {
  for (let pressed = 0; pressed < MOST_KEYS; pressed += 1) {
    if (to.test(screen.text())) return
    screen.press(key)
    await after(DRAWN_MS)
  }
  await screen.until(to, DRAWN_MS)
}

async function burst(screen, keys) {
  for (const key of keys) {
    screen.press(key)
    await after(KEY_MS)
  }
}

const claude = {
  isThere: /requests your input/,
  /** What belongs to the question: the line of the call above it is the host's own. */
  part: (text) => text.slice(text.lastIndexOf('requests your input')),
  async open() {},
  /** What was chosen before stays chosen. */
  async approve(screen) {
    if (!/✔ Decision/.test(screen.text())) {
      screen.press('Right')
      await screen.until(/◯ approve once/)
      await walk(screen, 'Down', /❯ ◯ approve once/)
      screen.press('Space')
      await screen.until(/✔ Decision: ▸ approve once/)
    }
    await walk(screen, 'Enter', /❯ Accept/)
    screen.press('Enter')
  },
  /** The keys of a yes, as quickly as it takes them; the last of them it leaves out by itself, when they come so soon. */
  slip: (screen) => burst(screen, ['Right', 'Down', 'Space', 'Enter', 'Enter', 'Enter']),
}

/** Codex takes no key in the first moments of a question. */
const OWN = /Allow the mux MCP server[^]*enter to submit/

const codex = {
  isThere: /Decision[^]*enter to submit/,
  part: (text) => text.slice(text.lastIndexOf('Field 1/1')),
  /** It asks by itself first, whether this server's tool may run. */
  async open(screen) {
    await screen.until(OWN)
    for (let pressed = 0; pressed < MOST_KEYS && OWN.test(screen.text()); pressed += 1) {
      screen.press('Enter')
      await after(2 * DRAWN_MS)
    }
  },
  async approve(screen) {
    await walk(screen, 'Down', /› \d\. approve once/)
    screen.press('Enter')
  },
  slip: (screen) => burst(screen, ['Down', 'Enter']),
}

export const FORMS = { claude, codex }
