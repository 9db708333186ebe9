/** Values that are no secret beside those that are (promise 3): by declaration, or by their name and their looks. */
import { describe, expect, test } from 'vitest'
import { contain } from '../../src/pipeline/stages/contain.ts'
import { Redactor } from '../../src/redact/redactor.ts'
import { parseTemplate, references } from '../../src/secrets/reference.ts'
import { composeFields, referenceKey, type Resolution } from '../../src/secrets/resolve/resolution.ts'
import type { StoreAnswer } from '../../src/secrets/store.ts'
import { plainSetting, weaknessOf } from '../../src/secrets/parts/usual-setting.ts'
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
      if (value !== undefined) answers.set(referenceKey(reference), { ok: true, value })
    }
  }
  return composeFields({ serverId: 'pg', requests, answers, env: {}, storeName: (alias) => alias })
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

test.each([
  ['two short ones', '${d:A}${d:B}', { A: 'abc1xy', B: 'Z9Qw7' }, 'abc1xyZ9Qw7'],
  ['a user and a pin', '${d:A}:${d:B}', { A: 'bob', B: '7391x' }, 'bob:7391x'],
  ['a short one behind a text', 'svc-${d:A}', { A: 'kT9vLqQ' }, 'svc-kT9vLqQ'],
  ['a password in an address', 'redis://:${d:A}@cache/0', { A: 'kT9vLq' }, 'redis://:kT9vLq@cache/0'],
])('what is too short alone is masked together with what it stands in: %s', (_, source, values, whole) => {
  const redactor = knowing(resolved({ THING: source }, values))
  expect(redactor.maskText(`got ${whole}.`).text).toBe('got [redacted:pg.THING].')
  expect(redactor.maskText(Buffer.from(whole).toString('base64')).hits).toBe(1)
})

test('what is plainly none stays readable, though a short value is in it', () => {
  const redactor = knowing(resolved({ THING: 'http://localhost:${d:A}' }, { A: '8080' }))
  expect(redactor.maskText('http://localhost:8080').hits).toBe(0)
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
    ['STRIPE_WEBHOOK_ENDPOINT', 'https://shop.example.com/webhooks/stripe', 'an address without credentials'],
    ['OPENAI_BASE_URL', 'https://api.openai.com/v1', 'an address without credentials'],
    ['GCP_PROJECT_ID', 'my-project-123456', 'an id'],
    ['SLACK_TEAM_ID', 'T01ABCDEFGH', 'an id'],
    ['CACHE_PREFIX', 'laravel_cache', 'made of ordinary words'],
    ['PGSSLMODE', 'verify-full', 'made of ordinary words'],
    ['SLACK_CHANNEL', '#deployments', 'made of ordinary words'],
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
    // Known to those alone who were given it, with nothing in it that looks made by chance.
    ['WEBHOOK_URL', 'https://hooks.zapier.com/hooks/catch/1234567/abc1def', undefined],
    ['WEBHOOK_URL', 'https://discord.com/api/webhooks/1029384756/sunflower-token', undefined],
    ['TELEGRAM_URL', 'https://api.telegram.org/bot123456:abcdefghij/x', undefined],
    ['FEED_URL', 'https://calendar.example.com/ical/me/private-abcdef/basic.ics', undefined],
    ['LOGIN_URL', 'https://app.example.com/login/magic/sunshine', undefined],
    ['INVITE_URL', 'https://discord.gg/abcDEFg', undefined],
    ['FILE_URL', 'https://b.s3.amazonaws.com/k?X-Amz-Signature=abc123', undefined],
    ['GIT_URL', 'https://ghp_abc:x-oauth-basic@github.com/a/b', undefined],
    ['INBOUND_EMAIL', 'a1b2c3d4e5f60718293a4b5c6d7e8f90@inbound.example.com', undefined],
    ['VAULT_ROLE_ID', '3f2504e0-4f89-41d3-9a0c-0305e82c3301', undefined],
    // The name tells against the value, or says nothing.
    ['DEFAULT_PASSCODE', '8765432109', undefined],
    ['ENABLE_TOTP', '8765432109', undefined],
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
    secretsKnown: () => 0,
    foreignSecrets: (args, server) => redactor.foreignSecrets(args, server),
    isWeak: () => weaknessOf(value) !== undefined,
  })
  const call = { args: { path: `/logs/${value}` }, target: { server: 'other', name: 'read' } }
  const outcome = await stage(call as never, () => Promise.reject(new Error('made all the same')))
  expect(outcome).toMatchObject({ kind: 'blocked', by: 'secret', hint: expect.stringContaining(way) })
  expect(JSON.stringify(outcome)).not.toContain(value)
})
