/**
 * The entry of a remote server: what of it there is to resolve, and what of that is secret. It is apart from target.ts,
 * which is loaded only where there is a remote server.
 */
import { looksSecret } from '../../secrets/words/names.ts'
import { isDeclaredPlain, type Template } from '../../secrets/reference.ts'
import type { ResolvedField, ResolveRequest } from '../../secrets/resolve/resolve.ts'
import { Secret } from '../../secrets/secret.ts'
import type { OAuthClient } from './oauth/oauth-client.ts'

/** The part of a server's entry that says how it is reached; `config/` makes it. */
export interface RemoteSpec {
  readonly kind: 'remote'
  readonly url: Template
  readonly headers: ReadonlyMap<string, Template>
  readonly transport: 'http' | 'sse'
  readonly allowPrivate: boolean
  readonly oauth: OAuthSpec
  /** The file of a certificate authority; a path that is absolute, or begins with `~/`. */
  readonly caCert?: Template
}

export interface OAuthSpec extends Omit<OAuthClient, 'clientSecret'> {
  readonly clientSecret?: Template
}

export function remoteRequests({ url, headers, oauth, caCert }: RemoteSpec): ResolveRequest[] {
  return [
    { field: 'url', template: url },
    ...[...headers].map(([name, template]) => ({ field: `headers.${name}`, template })),
    ...(oauth.clientSecret === undefined
      ? []
      : [{ field: 'oauth.clientSecret', template: oauth.clientSecret }]),
    ...(caCert === undefined ? [] : [{ field: 'caCert', template: caCert }]),
  ]
}

type Fields = ReadonlyMap<string, ResolvedField>

/** What is handed over to be kept secret: what came through references into headers, and headers that are named like secrets. */
export function remoteSecrets(serverId: string, spec: RemoteSpec, fields: Fields): readonly Secret[] {
  const names = [...[...spec.headers.keys()].map((name) => `headers.${name}`), 'oauth.clientSecret']
  const referenced = names.flatMap((field) => fields.get(field)?.secrets ?? [])
  const named = [...spec.headers.keys()].filter(isCredential).flatMap((name) => {
    const value = isDeclaredPlain(spec.headers.get(name)) ? '' : (fields.get(`headers.${name}`)?.value ?? '')
    const bare = value.replace(/^(?:Bearer|Basic|Token) +/i, '')
    return bare === '' ? [] : [new Secret(bare, `${serverId}.${name}`)]
  })
  return [...referenced, ...named]
}

function isCredential(header: string): boolean {
  return looksSecret(header) || /^(?:proxy-)?authorization$|^cookie$|key|token|secret/i.test(header)
}
