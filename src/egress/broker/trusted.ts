/**
 * Says how a server gets to trust the authority of its broker: a file with it alone, for what adds to what a program trusts
 * anyway, and one with it and all that is trusted on this machine, for what replaces that. Both stand in its sandbox only,
 * named in the variables that programs read; and for those that read none, the second one stands in the place of the
 * system's own file. Pure.
 */

import type { InsideFile } from '../egress.ts'

/** Read beside what the program has itself. */
const ADDING = ['NODE_EXTRA_CA_CERTS', 'DENO_CERT']
/** Read in its place: OpenSSL (Python, Ruby, Go, Rust), requests, curl, git, AWS, pip, npm, Cargo, gRPC. */
const REPLACING = [
  'SSL_CERT_FILE',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'AWS_CA_BUNDLE',
  'PIP_CERT',
  'npm_config_cafile',
  'CARGO_HTTP_CAINFO',
  'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
]
/** Where distributions keep what is trusted, as one file: Debian and Alpine, Fedora, openSUSE, Alpine and macOS. */
const SYSTEM_FILES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]
const ADDED = '/run/sidemux/authority.pem'
const ALL = '/run/sidemux/trusted.pem'

export interface TrustFacts {
  /** PEM, of the broker. */
  readonly authority: string
  /** What Node trusts without more. */
  readonly usual: readonly string[]
  /** As the server is to be launched with it. */
  readonly env: Readonly<Record<string, string>>
  /** sidemux's own NODE_EXTRA_CA_CERTS. */
  readonly extra: string | undefined
  /** A text of certificates; undefined where it can't be read. */
  text(path: string): string | undefined
  /** Without links; undefined where there is nothing. */
  real(path: string): string | undefined
}

export interface TrustGiven {
  readonly files: readonly InsideFile[]
  readonly env: Readonly<Record<string, string>>
}

export function trustOf(facts: TrustFacts): TrustGiven {
  const system = [...new Set(SYSTEM_FILES.flatMap((path) => facts.real(path) ?? []))]
  // What the entry has a program trust, it goes on trusting.
  const named = [...ADDING, ...REPLACING].flatMap((name) => facts.env[name] ?? [])
  const own = [...new Set([...(facts.extra === undefined ? [] : [facts.extra]), ...named])]
  const texts = own.flatMap((path) => facts.text(path) ?? [])
  const bySystem = system.flatMap((path) => facts.text(path) ?? []).slice(0, 1)
  const added = joined([facts.authority, ...texts])
  return {
    files: [
      { name: 'authority.pem', text: added, paths: [ADDED] },
      {
        name: 'trusted.pem',
        text: joined([added, ...(bySystem.length > 0 ? bySystem : facts.usual)]),
        paths: [ALL, ...system],
      },
    ],
    env: {
      ...Object.fromEntries(ADDING.map((name) => [name, ADDED])),
      ...Object.fromEntries(REPLACING.map((name) => [name, ALL])),
    },
  }
}

function joined(texts: readonly string[]): string {
  return texts.map((text) => (text.endsWith('\n') ? text : `${text}\n`)).join('')
}
