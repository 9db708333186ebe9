/**
 * Makes the URIs that the host sees, and finds the way back: `sidemux://<server>/<the server's own URI, unchanged>`,
 * and for MCP Apps `ui://<server>/<what stood behind ui://>`, because hosts know an app by its scheme. Every string
 * has a way back, also one that is no URI. An expansion of a routed template leads back to the same expansion of the
 * original.
 *
 * VS Code and other hosts send URIs through WHATWG URL, which changes some: in a path it resolves `..` and encodes
 * `{`. It leaves `memo:a/../b` alone, but not the same text behind our prefix. Such a URI is written
 * `sidemux://<server>.encoded/<percent-encoded>`, and so is one with characters that nobody sees (unseen.ts). Ids of
 * servers have no dot, so the two forms can't be confused. Because there are two forms, a resource is looked for by
 * its original URI and not by the routed one. Pure.
 */

import { holdsUnseen, mapUnseen } from '../unseen.ts'
import { parsedUrl } from '../../parsed-url.ts'

export interface Original {
  readonly server: string
  /** As the server wrote it. */
  readonly uri: string
}

const ROUTED = /^(sidemux|ui):\/\/([a-z0-9][a-z0-9-]*)(\.encoded)?\/(.*)$/su
const APP = 'ui://'

export function isAppUri(uri: string): boolean {
  return uri.startsWith(APP)
}

export function routedUri(server: string, uri: string): string {
  const plain = routedTemplate(server, uri)
  const scheme = isAppUri(uri) ? 'ui' : 'sidemux'
  const hides = holdsUnseen(uri) && uri.isWellFormed()
  return hides || (isStable(uri) && !isStable(plain))
    ? `${scheme}://${server}.encoded/${encodeURIComponent(uri)}`
    : plain
}

/** Where a server's apps aren't shown, its `ui://` is a URI like all others. */
export function hostUri(server: { readonly id: string; readonly apps?: boolean }, uri: string): string {
  return isAppUri(uri) && server.apps !== true ? `sidemux://${server.id}/${uri}` : routedUri(server.id, uri)
}

export function originalUri(routed: string): Original | undefined {
  const [, scheme, server, encoded, rest] = ROUTED.exec(routed) ?? []
  if (server === undefined || rest === undefined) return undefined
  if (encoded === undefined) return { server, uri: scheme === 'ui' ? APP + rest : rest }
  try {
    return { server, uri: decodeURIComponent(rest) }
  } catch {
    return undefined
  }
}

/** RFC 6570: what is in front of the template are literals, which an expansion leaves as they are. */
export function routedTemplate(server: string, template: string): string {
  return isAppUri(template)
    ? `${APP}${server}/${template.slice(APP.length)}`
    : `sidemux://${server}/${template}`
}

/** As it is listed: an expansion encodes what stands in it anyway (RFC 6570, 3.1), what nobody sees too. */
export function listedTemplate(server: string, template: string): string {
  return mapUnseen(routedTemplate(server, template), encodeURIComponent)
}

export function originalTemplate(routed: string): Original | undefined {
  return ROUTED.exec(routed)?.[3] === undefined ? originalUri(routed) : undefined
}

function isStable(uri: string): boolean {
  return parsedUrl(uri)?.href === uri
}
