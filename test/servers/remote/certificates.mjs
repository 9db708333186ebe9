// A certificate authority of one test, and certificates that it signed, made by `openssl`; undefined where there is
// none. Keys are in memory and in the directory that is handed in, and go with it.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { needs } from '../needs.mjs'

export const NO_OPENSSL = 'openssl is not installed, so there is no certificate to test with'

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
const PAST = ['-not_before', '20200101000000Z', '-not_after', '20200102000000Z']

export function makeAuthority(dir) {
  const openssl = (...args) => void execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' })
  const read = (name) => readFileSync(join(dir, name), 'utf8')
  if (!needs('openssl')) return undefined
  openssl('req', '-x509', ...KEY, '-days', '2', '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=lab CA')
  let count = 0

  /** `names` as in `DNS:localhost,IP:127.0.0.1`. */
  const sign = (names, { expired = false } = {}) => {
    count += 1
    const file = (ending) => `${count}.${ending}`
    writeFileSync(join(dir, file('names')), `subjectAltName=${names}\n`)
    openssl('req', '-new', ...KEY, '-keyout', file('key'), '-out', file('request'), '-subj', '/CN=lab server')
    const issue = (...days) => {
      const from = ['-in', file('request'), '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial']
      openssl('x509', '-req', ...from, ...days, '-extfile', file('names'), '-out', file('cert'))
    }
    if (!expired) issue('-days', '2')
    else {
      try {
        issue('-days', '-1')
      } catch {
        issue(...PAST)
      }
    }
    return { key: read(file('key')), cert: read(file('cert')) }
  }
  return { caFile: join(dir, 'ca.pem'), sign }
}
