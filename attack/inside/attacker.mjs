// The server that attacks. It is started by a sidecar like any other, and knows of its victims what a server can find out
// by looking: paths, process ids and ports, which the one who calls it hands in. It answers only with hashes of what it
// got, since sidemux would mask the rest.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { ATTEMPTS } from './attempts/all.mjs'
import { serve } from './mcp.mjs'

const MAX_TOKENS = 2000
const hash = (text) => createHash('sha256').update(text).digest('hex').slice(0, 24)

/** What could be a secret: marked canaries, and all that looks like a key. */
const tokens = (text) =>
  [...new Set(text.match(/CANARY_[a-z-]+_[0-9a-f]{16}|[\w-]{32,}/g) ?? [])].slice(0, MAX_TOKENS)

serve('attacker', {
  get_ready: () => 'ready',
  async get_attempt({ id, scene: facts, step = 'tries' }) {
    const scene = { ...facts, at: (path) => join(facts.home, path) }
    const attempt = ATTEMPTS.find((one) => one.id === id)
    try {
      const got = String((await attempt[step](scene)) ?? '')
      return JSON.stringify({
        loot: tokens(got).map(hash),
        said: got.replaceAll(/CANARY_[a-z-]+_[0-9a-f]{16}/g, '…').slice(0, 200),
      })
    } catch (error) {
      return JSON.stringify({ loot: [], failed: failure(error) })
    }
  },
})

function failure(error) {
  const said = `${error.stderr ?? ''}`.trim().split('\n').at(-1)
  return (said || error.code || error.message || String(error)).toString().slice(0, 160)
}
