/** `caCert` of a remote server: it, its login server and the process that refreshes its login are trusted by it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { trusting } from '../../../src/net/trust.ts'
import { loginName } from '../../../src/upstream/remote/oauth/login.ts'
import { refreshApart } from '../../../src/upstream/remote/oauth/refresh-apart.ts'
import { readTrust } from '../../../src/upstream/remote/target.ts'
import { makeAuthority, NO_OPENSSL } from '../../servers/remote/certificates.mjs'
import { call, startFleet } from '../harness.ts'
import { loginAt, oauth, remote, remoteSpec, stateDir } from './support.ts'

const program = resolve(import.meta.dirname, '../../../dist/upstream/remote/oauth/refresh-main.js')
const where = (field: string): string => `servers.yaml:${field}`

/** @returns what signs for this machine, or skips the test */
function authority(skip: (note: string) => never): {
  readonly caFile: string
  readonly tls: { readonly key: string; readonly cert: string }
} {
  const made = makeAuthority(stateDir()) ?? skip(NO_OPENSSL)
  return { caFile: made.caFile, tls: made.sign('IP:127.0.0.1') }
}

describe('caCert of a remote server', () => {
  it('lets it be reached, and nothing else does', async ({ skip }) => {
    const { caFile, tls } = authority(skip)
    const server = await remote('sdk2', { tls })
    const other = makeAuthority(stateDir())?.caFile ?? ''
    const strangers = startFleet([
      remoteSpec('bare', server.url),
      remoteSpec('other', server.url, { caCert: other }),
    ])
    await strangers.fleet.settled()
    for (const id of ['bare', 'other']) {
      expect(strangers.child(id).state).toMatchObject({
        reason: expect.stringMatching(/can't be reached \(\w*(?:CERT|SIGN)\w*\)/) as unknown,
        hint: `if a certificate authority of your own signs for it, name its file as caCert of ${id} in servers.yaml`,
      })
    }
    expect(server.requests).toEqual([])
    const { fleet, child } = startFleet([remoteSpec('far', server.url, { caCert: caFile })])
    await fleet.settled()
    expect(await call(child('far'), 'echo', { text: 'x' })).toMatchObject({ kind: 'result' })
  })

  it('counts for its login, and for the process that refreshes it', async ({ skip }) => {
    const { caFile, tls } = authority(skip)
    const auth = await oauth({ tls })
    const server = await remote('sdk2', { tls, ...auth.protect() })
    const ca = readFileSync(caFile, 'utf8')
    const dir = stateDir()
    await expect(loginAt(server, dir)).rejects.toThrow(/can't be reached \(/)
    const login = await loginAt(server, dir, 'far', {}, trusting(ca))
    const job = { serverId: 'far', name: loginName('far', new URL(server.url)), spent: login.tokens?.access }
    const order = { job, stateDir: dir, url: server.url, allowPrivate: false }
    expect(await refreshApart(order, {}, program)).toMatchObject({ kind: 'unavailable' })
    expect(await refreshApart({ ...order, ca }, {}, program)).toEqual({ kind: 'kept' })
    expect(auth.state.refreshes).toBe(1)
  })

  it.each<[string, string, RegExp]>([
    ['none.pem', '', /^servers\.yaml:caCert: there is no file /],
    ['text.pem', 'hello', /^servers\.yaml:caCert: .* holds no certificate in PEM form$/],
    [
      'broken.pem',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      /holds no certificate in PEM form$/,
    ],
  ])('that is %s keeps the server from starting, and says where it is written', async (name, text, why) => {
    const file = join(stateDir(), name)
    if (text !== '') writeFileSync(file, text)
    await expect(readTrust(file, { where })).rejects.toThrow(why)
  })
})
