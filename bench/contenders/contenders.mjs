// Who is measured: the child itself, a relay without checks, relays of both versions of the SDK, slop-mcp where npm gives
// it, and sidemux with everything on. Each runs the same four servers; calls go to the first.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { slop } from './slop.mjs'
import { tokenOf } from './token.mjs'

const root = join(import.meta.dirname, '../..')
const node = process.execPath
const STDIO = join(root, 'bench/children/stdio.mjs')
const SERVERS = 4
const SECRETS = 20

const versionOf = (name) => JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'))).version
const ids = Array.from({ length: SERVERS }, (_, index) => `s${index}`)
const plain = (name) => name
const first = (name) => `s0_${name}`

/** A command that is a relay of ours in front of these servers. */
const relay = (file, servers = ids.map(() => JSON.stringify([node, STDIO]))) => [
  node,
  join(import.meta.dirname, file),
  ...servers,
]

/** Made up, in the form of real tokens. */
export const secrets = Object.fromEntries(
  Array.from({ length: SECRETS }, (_, index) => [`TOKEN_${index}`, tokenOf(index)]),
)
const names = Object.keys(secrets)
const envOf = (index) =>
  Object.fromEntries(names.slice(index * 5, index * 5 + 5).map((name) => [name, `\${local:${name}}`]))

/** What sidemux serves: every stage on, every call allowed by a rule, its own secrets for each server. */
function sidemuxConfig(tools, servers) {
  return {
    secrets: { local: { type: 'dotenv', path: '.env' } },
    approvals: { channels: ['elicitation'] },
    defaults: { rateLimit: '1000000/second' },
    servers: Object.fromEntries(
      servers.map((server, index) => [
        `s${index}`,
        { ...server, env: server.command && envOf(index), tools },
      ]),
    ),
  }
}

/** The command of sidemux in front of all servers. */
export function sidemux(place) {
  const servers = ids.map(() => ({ command: node, args: [STDIO] }))
  return place.sidemux('all', sidemuxConfig({ allow: ['get_*', 'edit_*'] }, servers))
}

const RELAYS = {
  raw: { what: 'raw relay, no checks', file: 'raw-relay.mjs' },
  'sdk 1': { what: `SDK ${versionOf('@modelcontextprotocol/sdk')} relay`, file: 'sdk-v1-relay.mjs' },
  'sdk 2': { what: `SDK ${versionOf('@modelcontextprotocol/server')} relay`, file: 'sdk-v2-relay.mjs' },
}

/**
 * By name: what it is, its command, cwd and env, and how it calls a tool of the first server.
 * @param options `rival: false` leaves out slop-mcp, which has to be installed; `before` is dist/cli.js of another checkout
 * @returns also why slop-mcp isn't among them
 */
export function contenders(place, { rival: withRival = true, before } = {}) {
  const relays = Object.entries(RELAYS).map(([name, { what, file }]) => [
    name,
    { what, command: relay(file), named: first },
  ])
  const rival = withRival ? slop(place, ids, [node, STDIO]) : {}
  const all = {
    direct: { what: 'the server, directly', command: [node, STDIO], named: plain },
    ...Object.fromEntries(relays),
    ...(rival.command && { slop: rival }),
    ...(before && {
      before: { what: `sidemux of ${before}`, ...sidemuxBefore(place, before, sidemux(place)), named: first },
    }),
    sidemux: {
      what: `sidemux ${JSON.parse(readFileSync(join(root, 'package.json'))).version}, everything on`,
      command: sidemux(place),
      named: first,
    },
  }
  return { all, without: rival.why }
}

/** The command of another version of sidemux, with the same configuration, and its environment: a state of its own. */
function sidemuxBefore(place, cli, [node, , ...args]) {
  return { command: [node, cli, ...args], env: { SIDEMUX_STATE_DIR: join(place.dir, 'state-before') } }
}

/** Those that can be put before a server at an address; who asks does so before each call of edit_echo. */
export function contendersAt(place, url, { before } = {}) {
  const config = sidemuxConfig({ allow: ['get_*'], confirm: ['edit_*'] }, [{ url }])
  const command = place.sidemux('remote', config)
  return {
    'sdk 1': { command: relay('sdk-v1-relay.mjs', [url]), named: first },
    'sdk 2': { command: relay('sdk-v2-relay.mjs', [url]), named: first },
    ...(before && { before: { ...sidemuxBefore(place, before, command), named: first, asks: true } }),
    sidemux: { command, named: first, asks: true },
  }
}
