/** Values that are no secret beside those that are (promise 3): by declaration, or by their name and their looks. */
import { describe, expect, test } from 'vitest'
import { contain } from '../../src/pipeline/stages/contain.ts'
import { Redactor } from '../../src/redact/redactor.ts'
import { parseTemplate, references } from '../../src/secrets/reference.ts'
import { compose, keyOf, type Resolution } from '../../src/secrets/resolution.ts'
import type { StoreAnswer } from '../../src/secrets/store.ts'
import { plainSetting, weaknessOf } from '../../src/secrets/usual-setting.ts'
import { EVERYDAY_CALLS, EVERYDAY_RESULTS, PASSWORD, SETTINGS } from '../redact/everyday.ts'

/** One server whose variables are these references; each reference's value is `values[its last step]`. */
function resolved(
  env: Readonly<Record<string, string>>,
  values: Readonly<Record<string, string>>,
): Resolution {
  const requests = Object.entries(env).map(([name, source]) => {
    const parsed = parseTemplate(source)
    if (!parsed.ok) throw new Error(source)
    return { field: `env.${name}`, template: parsed.template }
  })
  const answers = new Map<string, StoreAnswer>()
  for (const { reference } of requests.flatMap(({ template }) => references(template))) {
    if (reference.kind === 'store') {
      const value = values[reference.path]
      if (value !== undefined) answers.set(keyOf(reference), { ok: true, value })
    }
  }
  return compose({ serverId: 'pg', requests, answers, env: {}, storeName: (alias) => alias })
}

function knowing(resolution: Resolution): Redactor {
  const redactor = new Redactor()
  redactor.add(
    'pg',
    [...resolution.fields.values()].flatMap(({ secrets }) => secrets),
  )
  return redactor
}

const all = { ...SETTINGS, PGPASSWORD: PASSWORD }
const undeclared = Object.fromEntries(Object.keys(all).map((name) => [name, `\${d:${name}}`]))
// Under names that say nothing, so that only the declaration counts.
const odd = Object.fromEntries(Object.values(SETTINGS).map((value, at) => [`THING_${at}`, value]))
const declared = {
  ...Object.fromEntries(Object.keys(odd).map((name) => [name, `\${plain:d:${name}}`])),
  PGPASSWORD: '${d:PGPASSWORD}',
}

describe.each([
  ['20 usual settings beside a password', resolved(undeclared, all)],
  ['20 odd ones that are declared plain', resolved(declared, { ...odd, PGPASSWORD: PASSWORD })],
])('%s', (_, resolution) => {
  const redactor = knowing(resolution)

  test('200 everyday results: 0 masked', () => {
    expect(EVERYDAY_RESULTS).toHaveLength(200)
    expect(EVERYDAY_RESULTS.filter((result) => redactor.maskJson(result).hits > 0)).toEqual([])
  })

  test('200 everyday calls of another server: 0 stopped', () => {
    expect(EVERYDAY_CALLS).toHaveLength(200)
    expect(
      EVERYDAY_CALLS.filter((args) => redactor.foreignSecrets(['tool', args], 'other').length > 0),
    ).toEqual([])
  })

  test('the password stays masked and stopped', () => {
    expect(redactor.maskText(`"${PASSWORD}"`).text).toBe('"[redacted:pg.PGPASSWORD]"')
    expect(redactor.foreignSecrets({ a: PASSWORD }, 'other')).toEqual(['pg.PGPASSWORD'])
  })
})

test('what is secret by another reference stays one, whatever declares it plain', () => {
  const both = resolved({ A: '${d:X}', B: '${plain:d:X}' }, { X: 'kT9#vLq2-wZx8' })
  expect(both.uses.map(({ plain }) => plain)).toEqual([undefined, true])
  expect(knowing(both).maskText('it is kT9#vLq2-wZx8').hits).toBe(1)
})

describe('by itself only with both signs', () => {
  test.each([
    ['PGHOST', 'db.internal', 'a host name'],
    ['smtpHost', 'localhost', 'a host name'],
    ['DB_USER', 'svc_reader', 'made of ordinary words'],
    ['KAFKA_HOSTS', 'a.example.com:9092,b.example.com:9092', 'a list of settings'],
    ['API_URL', 'https://api.example.com/v1?page=2', 'an address without credentials'],
    ['AWS_REGION', 'eu-central-1', 'a region'],
    ['GCP_REGION', 'europe-west1-b', 'a region'],
    ['AZURE_REGION', 'westeurope', 'a region'],
    ['ADMIN_EMAIL', 'ops@example.com', 'an e-mail address'],
    ['LOG_LEVEL', 'information', 'a common word'],
    // The value tells against the name.
    ['API_URL', 'https://me:kT9vLq2wZx8@api.example.com', undefined],
    [
      'WEBHOOK_URL',
      'https://hooks.slack.com/services/T00000000/B00000000/XxXxq7Kd9sLmP2vR4tYw8zAb',
      undefined,
    ],
    ['CALLBACK_URL', 'https://x.example.com/?access_token=kT9vLq2wZx8', undefined],
    ['PGHOST', 'kT9#vLq2-wZx8', undefined],
    ['PGUSER', 'v-token-reader-x8f93kd93jdK2', undefined],
    ['AWS_REGION', 'ghp_abcdefghijklmnopqrstuvwxyz0123456789', undefined],
    ['S3_BUCKET', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', undefined],
    ['APP_MODE', 'correct horse battery staple', undefined],
    // The name tells against the value, or says nothing.
    ['PGPASSWORD', 'localhost', undefined],
    ['AUTH_HOST_KEY', 'production', undefined],
    ['DATABASE_URL', 'postgres://localhost/app', undefined],
    ['THING', 'production', undefined],
  ])('%s', (name, value, kind) => {
    expect(plainSetting({ kind: 'store', store: 'd', path: `/app/${name}` }, value)).toBe(kind)
    expect(plainSetting({ kind: 'store', store: 'd', path: '/app/x', field: name }, value)).toBe(kind)
    expect(plainSetting({ kind: 'env', name }, value)).toBe(kind)
  })
})

test.each([
  ['production', 'is a common word'],
  ['localhost', 'is a host name'],
  ['us-east-1', 'is a region'],
  ['12345678', 'is a number'],
  ['aaaaaaaaaa', 'is easy to guess'],
  ['sunshine', 'made of ordinary words'],
  ['changeme', 'is a password that everybody knows'],
  ['kT9#vLq2-wZx8', undefined],
  ['hunter2hunter2', undefined],
  ['ghp_abcdefghijklmnopqrstuvwxyz0123456789', undefined],
  ['correct horse battery staple', undefined],
])('how weak %j is as a secret', (value, weakness) => {
  if (weakness === undefined) expect(weaknessOf(value)).toBeUndefined()
  else expect(weaknessOf(value)).toContain(weakness)
})

test.each([
  ['production', '${plain:…}'],
  ['kT9#vLq2-wZx8', 'give it to both'],
])('a refusal names the way out that fits: %s', async (value, way) => {
  const redactor = knowing(resolved({ THING: '${d:THING}' }, { THING: value }))
  const stage = contain({
    foreignSecrets: (args, server) => redactor.foreignSecrets(args, server),
    isWeak: () => weaknessOf(value) !== undefined,
  })
  const call = { args: { path: `/logs/${value}` }, target: { server: 'other', name: 'read' } }
  const outcome = await stage(call as never, () => Promise.reject(new Error('made all the same')))
  expect(outcome).toMatchObject({ kind: 'blocked', by: 'secret', hint: expect.stringContaining(way) })
  expect(JSON.stringify(outcome)).not.toContain(value)
})
