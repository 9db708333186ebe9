/**
 * Each kind of state of the state directory: how the writer `who` changes it, by the built modules and as the product does,
 * and what is there afterwards. As a program it is one of several writers: it does what its parent sends, at the moment that
 * the message names, and answers "ok" or why not.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GrantBook } from '../../dist/approval/grants/grant-book.js'
import { offerFor } from '../../dist/approval/grants/grant-offer.js'
import { AuditLog } from '../../dist/audit/write/log.js'
import { verifyAudit } from '../../dist/audit/verify/verify.js'
import { sha256 } from '../../dist/json/canonical.js'
import { apartBook, withApart } from '../../dist/catalog/lock/apart.js'
import { NO_PINS } from '../../dist/catalog/pins/pin.js'
import { readRuns, writeRun } from '../../dist/dashboard/neighbours/runs.js'
import { Ledger } from '../../dist/secrets/leases/ledger.js'
import { collectSettled, orphans, settleLedgers } from '../../dist/secrets/leases/left-ledgers.js'
import { LocalSecrets } from '../../dist/secrets/stores/local/secrets.js'
import { LoginVault } from '../../dist/upstream/remote/oauth/vault.js'

const CONFIG = '/somewhere/servers.yaml'
const SIX = [0, 1, 2, 3, 4, 5]
const soon = () => AbortSignal.timeout(60_000)
const hash = (letter) => letter.repeat(64)
const subject = { server: 's', tool: 't', launchHash: hash('a'), toolHash: hash('b'), ruleHash: hash('c') }
const grants = (state) =>
  new GrantBook({
    stateDir: state,
    configFile: CONFIG,
    now: Date.now,
    onError(error) {
      throw error
    },
  })
const login = (wanted) => ({
  version: 1,
  url: 'https://x.example/',
  resource: 'https://x.example/',
  issuer: 'https://y.example/',
  tokenEndpoint: 'https://y.example/token',
  client: { client_id: 'sidemux' },
  wanted,
  at: '2026-01-01T00:00:00Z',
})
/** Their types would bring those of Node, and with them other rules for every program here. */
const built = (module) => import(new URL(`../../dist/${module}`, import.meta.url).href)
const dotenv = async (state) => {
  const { openStore } = await built('secrets/stores/index.js')
  const env = { SIDEMUX_STATE_DIR: state }
  return openStore('d', { type: 'dotenv', path: '.env' }, { environment: undefined, baseDir: state, env })
}
const run = (who) => ({
  version: 1,
  id: `00000000-0000-4000-8000-00000000000${who}`,
  pid: process.pid,
  startedAt: who,
  port: 1024 + who,
  key: 'k'.repeat(43),
  config: CONFIG,
})

export const KINDS = {
  'local secrets': {
    file: 'secrets/local',
    change: async (state, who) =>
      void (await new LocalSecrets(state).set(`n${who}`, `value-${who}-0123`, 'file', soon())),
    async there(state) {
      const secrets = new LocalSecrets(state)
      const all = await Promise.all(
        [...secrets.entries()].map(async ([name, entry]) => await secrets.value(name, entry, soon())),
      )
      return all.map((value) => Number(/^value-(\d)-0123$/.exec(value)?.[1]))
    },
  },
  accepted: {
    file: 'accepted/2607f6e30465c0d1',
    change: (state, who) => {
      const server = { ...NO_PINS, launch: { command: 'x' } }
      apartBook(state, CONFIG).change((all = []) => withApart(all, { id: `s${who}`, server }))
    },
    there: (state) =>
      SIX.filter(
        (who) =>
          apartBook(state, CONFIG)
            .read()
            ?.some(({ id }) => id === `s${who}`) === true,
      ),
  },
  logins: {
    file: 'logins/local',
    change: async (state, who) =>
      void (await new LoginVault(state).alone(`far-${who}`, (own) => own.write(login([])))),
    async there(state) {
      const vault = new LoginVault(state)
      const found = await Promise.all(SIX.map(async (who) => [who, await vault.read(`far-${who}`)]))
      return found.flatMap(([who, login]) => (login === undefined ? [] : [who]))
    },
  },
  'one login': {
    file: 'logins/far',
    async change(state, who) {
      const vault = new LoginVault(state)
      await vault.alone('far', async (own) => {
        const before = await vault.read('far')
        await own.write(login([...(before?.wanted ?? []), String(who)]))
      })
    },
    there: async (state) => ((await new LoginVault(state).read('far'))?.wanted ?? []).map(Number),
  },
  grants: {
    file: 'grants/2607f6e30465c0d1',
    change(state, who) {
      const args = { who }
      const offer = offerFor('write', args, false)
      grants(state).remember(subject, { args, shown: args, offer }, { fixed: ['who'], ms: 3_600_000 })
    },
    there: (state) =>
      grants(state)
        .list()
        .map(({ fixed }) => Number(fixed.who.shown)),
  },
  ledgers: {
    file: 'leases/1-1-0.jsonl',
    change(state, who) {
      const dir = join(state, 'leases')
      for (const [file, { held }] of orphans(dir, CONFIG))
        for (const { held: id } of held) settleLedgers(file, id, 'revoked')
      collectSettled(dir, CONFIG, () => {})
      const ledger = new Ledger(dir, { config: CONFIG, environment: '' }, who)
      ledger.enter({ held: String(who), store: 's', path: '/', server: 'a', at: '', expires: '' })
    },
    there: (state) =>
      readdirSync(join(state, 'leases'))
        .filter((name) => /^\d-\d+-[0-9a-f]{8}\.jsonl$/.test(name))
        .map((name) => Number(/"held":"(\d)"/.exec(readFileSync(join(state, 'leases', name), 'utf8'))?.[1])),
  },
  'run files': {
    file: 'run/00000000-0000-4000-8000-000000000009.json',
    async change(state, who) {
      await writeRun(state, run(who))
      await readRuns(state)
    },
    there: async (state) => (await readRuns(state)).map(({ startedAt }) => startedAt),
  },
  'a .env file': {
    file: 'dotenv/0',
    lock: (state) => `dotenv-${sha256(join(state, '.env')).slice(0, 16)}`,
    async change(state, who) {
      const store = await dotenv(state)
      await store.put(`N${who}`, `value-${who}-0123`, soon())
    },
    async there(state) {
      const store = await dotenv(state)
      const answers = await store.resolve(
        SIX.map((who) => ({ path: `N${who}` })),
        { serverId: 's', signal: soon() },
      )
      return answers.flatMap(({ ok }, who) => (ok ? [who] : []))
    },
  },
  log: {
    file: 'log/sidemux.log',
    async change(state, who) {
      const { createLog } = await built('log.js')
      const log = createLog({ level: 'info', file: join(state, 'log', 'sidemux.log'), scrub: (text) => text })
      log.info({ who })
    },
    /** A file that is too long is moved away once, and not lost. */
    there(state) {
      const lines = readdirSync(join(state, 'log'))
        .filter((name) => /^sidemux\.log(\.1)?$/.test(name))
        .map((name) => readFileSync(join(state, 'log', name), 'utf8'))
        .join('')
      return SIX.filter((who) => lines.includes(`"who":${who}`) && lines.includes('the line of long ago'))
    },
    prepare(state) {
      mkdirSync(join(state, 'log'), { recursive: true })
      writeFileSync(join(state, 'log', 'sidemux.log'), 'the line of long ago\n'.repeat(300_000))
    },
  },
  audit: {
    file: 'audit/20260101T000000000Z-1-0123456789abcdef.jsonl',
    async change(state, who) {
      const log = await AuditLog.open({ dir: join(state, 'audit'), required: true, now: Date.now })
      await log.append('call', { who })
      await log.close()
    },
    async there(state) {
      const { ok, problem } = await verifyAudit(join(state, 'audit'))
      if (!ok) throw new Error(problem.message)
      return readdirSync(join(state, 'audit'))
        .filter((name) => name.endsWith('.jsonl'))
        .map((name) => Number(/"who":(\d)/.exec(readFileSync(join(state, 'audit', name), 'utf8'))?.[1]))
    },
  },
}

for (const module of ['log.js', 'secrets/stores/index.js']) await built(module)

const standStill = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

process.on('message', async ({ kind, state, who, at }) => {
  // The process of a test that imports this hears its runner too.
  if (kind === undefined) return
  // All of them at once, and nobody's processor is taken by who only waits.
  standStill(Math.max(0, at - Date.now()))
  try {
    await KINDS[kind].change(state, who)
    process.send('ok')
  } catch (error) {
    process.send(`${error.message}`)
  }
})
