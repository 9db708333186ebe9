/**
 * Parts of a site that a grant may name for an argument that is an address, in place of the one value: every page of
 * `http://localhost:3000`, or all below one of its paths. They are judged as a rule's `url:` would be (policy/where), so
 * a user name, another port or scheme, or a host that is written in an unusual way is never a part of it.
 *
 * Chosen by default only where it is a server of this machine: of others a whole site may belong to many people. Pure.
 */
import { fits } from '../../policy/where/judge.ts'
import { ELSEWHERE } from '../../policy/where/place.ts'
import { argumentWords } from '../words/argument-words.ts'
import { parsedUrl } from '../../parsed-url.ts'

const ADDRESSES: ReadonlySet<string> = new Set(['url', 'urls', 'uri', 'uris', 'href', 'link', 'links'])
const MAX_PATHS = 6
const PLAIN = /^[\w.~-]+$/

export function isSite(area: string): boolean {
  return area.includes('://')
}

/** @param values of the argument; undefined where it has others than texts */
export function siteOffer(
  name: string,
  values: readonly string[] | undefined,
): { readonly folders: readonly string[]; readonly byDefault?: string } | undefined {
  const [first] = values ?? []
  if (first === undefined || !argumentWords(name).some((word) => ADDRESSES.has(word))) return undefined
  const url = parsedUrl(first)
  if (!/^https?:\/\//i.test(first) || url === undefined) return undefined
  const { origin, pathname, hostname } = url
  const names = pathname.split('/').slice(1, -1)
  const end = names.findIndex((one) => !PLAIN.test(one) || /^\.+$/.test(one))
  const plain = names.slice(0, end === -1 ? undefined : end).slice(0, MAX_PATHS)
  const folders = [origin, ...plain.map((_, index) => [origin, ...plain.slice(0, index + 1)].join('/'))]
    .toReversed()
    .filter((area) => whyNotOnSite(area, values) === undefined)
  if (folders.length === 0) return undefined
  const isOwn = /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
  return { folders, ...(isOwn && folders.includes(origin) && { byDefault: origin }) }
}

/** Half a sentence about why an argument isn't covered; undefined where each of its values is on that part of the site. */
export function whyNotOnSite(area: string, values: readonly string[] | undefined): string | undefined {
  const fit = fits({ url: `${area}/**` }, values, ELSEWHERE)
  return fit.kind === 'fits' ? undefined : `is not below ${area}: ${fit.why}`
}
