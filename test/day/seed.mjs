/**
 * What the day works on: a small project in git with a remote beside it, and its page at 127.0.0.1. Whoever records the
 * day begins with this (record.mjs); a replay needs none of it.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'

/** The address stands in calls.jsonl. */
const PORT = 4173

const FILES = {
  'README.md': '# Parcels\n\nPrices and labels of parcels. The table of rates is in docs/rates.md.\n',
  'package.json':
    '{ "name": "parcels", "version": "2.3.0", "type": "module", "scripts": { "test": "node --test" } }\n',
  'src/rates.js':
    'const BASE = [4.9, 5.9, 7.9, 9.9]\nconst SUNDAY = [1.2, 1.2, 1.8, 3.2]\n\nfunction surcharge(zone, day) {\n  if (day !== 0) return 0\n  return SUNDAY[zone - 2] ?? 0\n}\n\nexport function rate({ zone, day }) {\n  return Math.round(100 * (BASE[zone - 1] + surcharge(zone, day)))\n}\n',
  'src/zones.js': 'export function zoneOf(postcode) {\n  return Math.ceil(Number(postcode[0]) / 2) || 1\n}\n',
  'src/label.js':
    'export function label(to) {\n  const name = to.name.slice(0, 24)\n  return [name, to.street, `${to.postcode} ${to.town}`].join("\\n")\n}\n',
  'src/store.js':
    "import { readFileSync } from 'node:fs'\n\nconst all = JSON.parse(readFileSync('data/refunds.json', 'utf8'))\n\nexport function refunds(customer) {\n  const byCustomer = all.filter((one) => one.customer === customer)\n  const byParcel = all.filter((one) => one.parcel?.customer === customer)\n  return [...byCustomer, ...byParcel]\n}\n",
  'src/server.js':
    "import { createServer } from 'node:http'\nimport { label } from './label.js'\n\ncreateServer((_request, response) => response.end(label({ name: 'x', street: 'y', postcode: '1', town: 'z' }))).listen(4173)\n",
  'test/rates.test.js':
    "import assert from 'node:assert/strict'\nimport { test } from 'node:test'\nimport { rate } from '../src/rates.js'\n\ntest('weekdays', () => { assert.equal(rate({ zone: 4, day: 2 }), 990) })\n",
  'public/index.html': '<!doctype html>\n<title>Parcels</title>\n<ul></ul>\n',
  'docs/rates.md': '| Zone | Base | Sunday |\n|---|---|---|\nZone 1 | 4.90 | 1.20\nZone 4 | 9.90 | 1.20\n',
  'docs/changes.md': '# Changes\n\n## Unreleased\n\n## 2.3\n\n- Refunds are listed by month\n',
  'docs/old-rates.md': 'Zone 4 | 8.90\n',
  'data/refunds.json':
    '[{ "id": 1, "customer": "4711" }, { "id": 2, "customer": "4711", "parcel": { "customer": "4711" } }]\n',
}

const PAGE = `<!doctype html><title>Parcels</title><h1>Label</h1>
<label>Name <input id="name"></label>
<label>Zone <select id="zone"><option>1</option><option>4</option></select></label>
<button id="make" onclick="document.querySelector('pre').textContent = document.querySelector('#name').value.slice(0, 24)">Make label</button>
<pre></pre><ul><li>refund 1</li><li>refund 2</li></ul>
`

/** Makes `work`/parcels and its remote. */
export function seed(work) {
  const parcels = join(work, 'parcels')
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(parcels, name)), { recursive: true })
    writeFileSync(join(parcels, name), text)
  }
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@acme.example']
  const git = (...args) => execFileSync('git', [...who, ...args], { cwd: parcels, stdio: 'ignore' })
  git('init', '--initial-branch=main')
  git('config', 'user.name', 'Ada')
  git('config', 'user.email', 'ada@acme.example')
  git('add', '.')
  git('commit', '-m', 'Begin')
  git('init', '--bare', '--initial-branch=main', join(work, 'remote.git'))
  git('remote', 'add', 'origin', join(work, 'remote.git'))
  git('push', '--set-upstream', 'origin', 'main')
}

/** @returns how to end it */
export async function serveApp() {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    response.end(PAGE)
  })
  await new Promise((done) => server.listen(PORT, '127.0.0.1', done))
  return () => {
    server.closeAllConnections()
    server.close()
  }
}
