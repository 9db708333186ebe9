// What masking costs: `node bench/redact.mjs [OTHER/dist]`, after a build. With another build's dist both are measured
// in turns; each figure is the best tenth, the ratio ours to theirs. Figures depend on the machine; compare ratios.
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Redactor } from '../dist/redact/redactor.js'
import { Secret } from '../dist/secrets/secret.js'
import { quantile } from './connection.mjs'

const load = async (dist) => {
  const from = (file) => import(pathToFileURL(resolve(dist, file)).href)
  return { ...(await from('redact/redactor.js')), ...(await from('secrets/secret.js')) }
}
const builds = [{ Redactor, Secret }, ...(process.argv[2] ? [await load(process.argv[2])] : [])]

const random = (n, size, how = 'base64url') =>
  createHash('shake256', { outputLength: size }).update(`bench ${n}`).digest(how).slice(0, size)
const pem = (n) =>
  `-----BEGIN PRIVATE KEY-----\n${random(n, 1624, 'base64').replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`
const account = JSON.stringify({
  type: 'service_account',
  private_key_id: random('id', 40, 'hex'),
  private_key: pem('key'),
  client_email: 'robot@project.iam.gserviceaccount.com',
})
const secrets = (count) => [
  account,
  `postgres://app:${random('db', 16)}@db.internal:5432/app`,
  ...Array.from({ length: count - 2 }, (_, i) => `ghp_${random(i, 36)}`),
]

const PROSE =
  'The issue was opened by a user who could not reproduce the failure on a second machine. See https://example.test/issues/4821 for the log; commit 9f86d081884c7d65 fixed half of it. '
const ROW = (i) => ({
  id: i,
  sha: random(i, 40, 'hex'),
  name: `item-${i}`,
  state: 'open',
  labels: ['bug', 'help wanted'],
})
const SHAPES = {
  'one text': (size) => ({
    content: [{ type: 'text', text: PROSE.repeat(size / PROSE.length + 1).slice(0, size) }],
  }),
  'JSON in a text': (size) => ({
    content: [
      {
        type: 'text',
        text: JSON.stringify(
          Array.from({ length: size / 130 + 1 }, (_, i) => ({ ...ROW(i), note: 'two\nlines' })),
          null,
          1,
        ),
      },
    ],
  }),
  structured: (size) => ({
    content: [],
    structuredContent: { rows: Array.from({ length: size / 120 + 1 }, (_, i) => ROW(i)) },
  }),
  image: (size) => ({
    content: [{ type: 'image', mimeType: 'image/png', data: random('png', size * 0.75, 'base64') }],
  }),
}

const ROUNDS = 20
function measure(work) {
  const times = builds.map(() => [])
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, build] of builds.entries()) times[i].push(work(build))
  }
  return times.map((each) => quantile(each, 0.1))
}
const ms = (value) => `${value.toFixed(3)} ms`.padStart(12)
function report(what, [ours, theirs]) {
  const ratio = theirs === undefined ? '' : `${ms(theirs)}   x ${(ours / theirs).toFixed(2)}`
  console.log(`${what.padEnd(44)}${ms(ours)}${ratio}`)
}

const knowing = ({ Redactor, Secret }, values) => {
  const redactor = new Redactor()
  redactor.add(
    'server',
    values.map((value, i) => new Secret(value, `server.S${i}`)),
  )
  return redactor
}

report(
  '20 secrets added, first use',
  measure((build) => {
    const start = performance.now()
    knowing(build, secrets(20)).maskText('nothing to be found')
    return performance.now() - start
  }),
)
for (const count of [4, 20]) {
  const redactors = new Map(builds.map((build) => [build, knowing(build, secrets(count))]))
  for (const [shape, make] of Object.entries(SHAPES)) {
    for (const size of [1000, 100_000, 1_000_000]) {
      const value = make(size)
      const times = Math.max(1, 20_000 / size)
      report(
        `${count} secrets, ${shape}, ${size / 1000} KB`,
        measure((build) => {
          const redactor = redactors.get(build)
          const start = performance.now()
          for (let i = 0; i < times; i++)
            if (redactor.maskJson(value).hits > 0) throw new Error('found something')
          return (performance.now() - start) / times
        }),
      )
    }
  }
}
