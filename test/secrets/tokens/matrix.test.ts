/**
 * Kinds of tokens × places in servers.yaml: what `check` recognises, `secrets migrate` offers where it can, and a launch
 * masks (promise 3). And ordinary arguments, of which nothing is told.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { checkConfig } from '../../../src/commands/check.ts'
import { findPlainSecrets } from '../../../src/checkup/plain-secrets.ts'
import { Redactor } from '../../../src/redact/redactor.ts'
import { recogniseSecrets, type LabelledText } from '../../../src/upstream/launch/in-plain.ts'
import { findTokens } from '../../../src/secrets/tokens/find.ts'
import { secretsInPlain } from '../../../src/secrets/tokens/in-plain.ts'
import { privateKey } from '../../checkup/leaks/support.ts'
import { ADDRESSES, ORDINARY, SAMPLES, type Sample } from './samples.ts'

test.each(SAMPLES)('%s is found as a whole, alone and inside a longer text', async (what, token) => {
  for (const [before, after] of [
    ['', ''],
    ['x=', ';y'],
    ['{"a":"', '"}'],
    ['https://x.example/', '/mcp'],
    ['a%3D', ''],
    [String.raw`a\n`, ' b'],
  ] as const) {
    const from = before.length
    const found = await findTokens(before + token + after)
    const [first] = found
    expect([found.length, first?.from, (first?.to ?? 0) >= from + token.length]).toEqual([1, from, true])
    if (before === '') expect(found).toEqual([{ from, to: from + token.length, what }])
  }
})

const PRIVATE: readonly Sample[] = [
  ['a private key', privateKey()],
  ['a private key', privateKey().replaceAll('RSA ', 'OPENSSH ')],
  ['a private key', privateKey().replaceAll('RSA ', '')],
  ['a private key', privateKey().replaceAll('RSA ', 'ENCRYPTED ')],
  ['a private key', privateKey(String.raw`\n`)],
]

/** As an entry of servers.yaml, with `@@` in its place; whether it can be moved to a store there. */
const PLACES: readonly (readonly [place: string, entry: string, movable: boolean])[] = [
  ['an argument', '{ command: x, args: ["@@"] }', false],
  ['a variable of a container', '{ command: docker, args: [run, -i, -e, "CFG=@@", image] }', false],
  ['a joined variable of a container', '{ command: docker, args: [run, "-eCFG=@@", image] }', false],
  ['the script of a shell', `{ command: sh, args: [-c, "CFG='@@' exec x --t @@"] }`, false],
  ['a JSON argument', `{ command: x, args: ['{"cfg": "@@"}'] }`, false],
  ['the query of an address', '{ url: "https://x.example/mcp?cfg=@@" }', false],
  ['the path of an address', '{ url: "https://x.example/@@/mcp" }', false],
  ['the user of an address', '{ command: x, args: ["https://@@@x.example/"] }', false],
  ['a harmless variable', '{ command: x, env: { CFG: "@@" } }', true],
  ['a telling variable', '{ command: x, env: { A_TOKEN: "@@" } }', true],
  ['a harmless header', '{ url: "https://x.example", headers: { X-Cfg: "@@" } }', true],
  ['a telling header', '{ url: "https://x.example", headers: { Authorization: "Bearer @@" } }', true],
  ['the directory', '{ command: x, cwd: "/x/@@" }', false],
  ['the command', '{ command: "./x/@@" }', false],
]

const KINDS = [...new Map(SAMPLES.map((sample) => [sample[1], sample])).values()]

/** Nothing starts here, so nothing is tried out either. */
const confiner = async () => ({ kind: 'bubblewrap', program: '/usr/bin/bwrap' }) as const

/** One server for each kind. */
const config = (entry: string, kinds: readonly Sample[]): string =>
  `version: 1\nservers:\n${kinds.map(([, token], at) => `  s${at}: ${entry.replaceAll('@@', token)}\n`).join('')}`

test.each(PLACES)('in %s every kind is told by check, and none is shown', async (_, entry) => {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-matrix-'))
  try {
    // No more than a hundred problems are told at once.
    for (let from = 0; from < KINDS.length; from += 40) {
      const kinds = KINDS.slice(from, from + 40)
      writeFileSync(join(dir, 'servers.yaml'), config(entry, kinds), { mode: 0o600 })
      const stdout = new PassThrough()
      await checkConfig({ json: true }, { stdout, env: {}, cwd: dir }, confiner)
      const out = String(stdout.read())
      for (const [, token] of kinds) expect(out).not.toContain(token)
      const { problems } = JSON.parse(out) as { problems: { line: number; message: string }[] }
      const told = new Set(
        problems.filter(({ message }) => /plain/.test(message)).map(({ line }) => line - 3),
      )
      expect(kinds.filter((_, at) => !told.has(at)).map(([what]) => what)).toEqual([])
    }
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test.each(PLACES.filter(([, , movable]) => movable))('of %s migrate offers every kind', async (_, entry) => {
  const found = await findPlainSecrets(config(entry, KINDS))
  expect(new Set(found.map(({ serverId }) => serverId)).size).toBe(KINDS.length)
})

const RUN: readonly (readonly [place: string, (token: string) => LabelledText])[] = [
  ['an argument', (token) => ({ label: 'args.1', text: token })],
  ['a variable of a container', (token) => ({ label: 'args.1', before: '-e', text: `CFG=${token}` })],
  ['the script of a shell', (token) => ({ label: 'args.1', text: `CFG='${token}' exec x` })],
  [
    'the query of an address',
    (token) => ({ label: 'url', text: `https://x.example/?cfg=${encodeURIComponent(token)}` }),
  ],
  ['the path of an address', (token) => ({ label: 'url', text: `https://x.example/${token}/mcp` })],
  ['the user of an address', (token) => ({ label: 'args.1', text: `https://${token}@x.example/` })],
  ['a harmless variable', (token) => ({ label: 'CFG', name: 'CFG', text: token })],
  ['a telling variable', (token) => ({ label: 'AUTH', name: 'AUTH', text: `Bearer ${token}` })],
  ['a header', (token) => ({ label: 'X-Cfg', name: 'X-Cfg', text: token })],
]

test.each(RUN)('a launch with one in %s masks every kind, with the label of the place', async (_, part) => {
  for (const [, token] of [...SAMPLES, ...PRIVATE]) {
    const redactor = new Redactor()
    const labelled = { ...part(token), label: `box.${part(token).label}` }
    redactor.add('box', (await recogniseSecrets([labelled]))[0]?.secrets ?? [])
    const { text } = redactor.maskText(`argv: ${token}.`)
    expect(text).toContain(`[redacted:box.${part(token).label}]`)
    expect(text).not.toContain(token.slice(8))
  }
})

test.each(ADDRESSES)('%s in %s', async (_, address, secret) => {
  const redactor = new Redactor()
  redactor.add('box', (await recogniseSecrets([{ label: 'box.args.0', text: address }]))[0]?.secrets ?? [])
  expect(redactor.maskText(`got ${secret}`).text).toBe('got [redacted:box.args.0]')
  expect(redactor.maskText(`got ${address}`).text).not.toContain(secret)
})

test.each(ORDINARY)('nothing is told of %s', async (text) => {
  expect(
    (await secretsInPlain([{ text }, { text, before: '--config' }, { text, name: 'CFG' }])).flat(),
  ).toEqual([])
})
