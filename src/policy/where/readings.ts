/**
 * The ways in which a server could read a text that is a path: as it is, percent-decoded, with backslashes for slashes,
 * trimmed, without what can't be seen, with look-alikes for what they look like, without the dots and spaces that Windows
 * drops. What allows has to hold for each of them. Pure.
 */

/** Look-alikes of `/`, `\` and `.` that compatibility normalisation (NFKC) leaves as they are. */
const SLASHES = /[\u2044\u2215\u29f8\u2571]/g
const BACKSLASHES = /[\u2216\u29f5\u29f9\u2572]/g
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu
const ESCAPE = /(?:%[0-9a-f]{2})+/gi

export type Readings =
  | { readonly ok: true; readonly all: readonly string[] }
  /** Half a sentence about why it can't be judged. */
  | { readonly ok: false; readonly why: string }

export function pathReadings(text: string): Readings {
  const refused = whyRefused(text)
  if (refused !== undefined) return { ok: false, why: refused }
  const decoded = percentDecoded(text)
  if (decoded === undefined) return { ok: false, why: 'its percent-encoding is malformed' }
  const plain = lookAlikes(decoded)
  const slashed = plain.replaceAll('\\', '/')
  const seen = trimmed(slashed.replace(UNSEEN, ''))
  const once = [decoded, decoded.replaceAll('\\', '/'), plain, slashed, seen, withoutEnds(seen)]
  for (const reading of once) {
    const why = whyRefused(reading)
    if (why !== undefined) return { ok: false, why }
    if (reading !== text && reading.search(ESCAPE) !== -1)
      return { ok: false, why: 'it is percent-encoded twice' }
  }
  return { ok: true, all: [...new Set([text, text.replaceAll('\\', '/'), trimmed(text), ...once])] }
}

function whyRefused(text: string): string | undefined {
  return REFUSED.find(([sign]) => sign.test(text))?.[1]
}

const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/^$/, 'it is empty'],
  [/^.{4097}/s, 'it is longer than 4096 characters'],
  [/[\p{Cc}\p{Zl}\p{Zp}]/u, 'it holds a control character'],
  [/%u[0-9a-f]{4}/i, 'its percent-encoding is malformed'],
  [/\\(?:u\{?[0-9a-f]{2,}|x[0-9a-f]{2}|05[67]|134)/i, 'it holds an escape of a programming language'],
  [/&(?:#\d+|#x[0-9a-f]+|period|sol|bsol|nbsp);/i, 'it holds an escape of a markup language'],
  [/\$[a-z_{(]|%[a-z_][\w()]{2,}%|`/i, 'it holds a variable or a command'],
  // What is behind it would be a path of its own for who splits there; `C:/` is none.
  [/(?<!^[a-z])[\s,;:|&"'<>=]~?[/\\]/i, 'it may hold more than one path'],
  // Some servers and systems take these for "..".
  [/(?:^|[/\\])(?:\.\.[^\p{L}\p{N}_/\\-]|[. ]*(?: \.|\. )[. ]*(?:[/\\]|$))/u, 'it may hold another ".."'],
  [/(?:^|[/\\])\.\\+\.(?:[/\\]|$)/, 'it may hold another ".."'],
  [/(?:^|[/\\])\.[^/\\]*[*?[{(]/, 'it holds dots and signs of a pattern'],
  // What a shell makes of `{,.}.` is `.` and `..`.
  [
    /(?:^|[/\\])(?=[^/\\]*\.)(?=\.*\{)(?:\.|\{[^{}/\\]*,[^{}/\\]*\})+(?:[/\\]|$)/,
    'it holds dots and signs of a pattern',
  ],
  [/\.\.[^]*[{}()[\]*?]|[{}()[\]*?][^]*\.\./, 'it holds dots and signs of a pattern'],
]

/** Undefined when what is encoded isn't UTF-8, in its shortest form. */
export function percentDecoded(text: string): string | undefined {
  try {
    return text.replace(ESCAPE, (run) => decodeURIComponent(run))
  } catch {
    return undefined
  }
}

function lookAlikes(text: string): string {
  return text.normalize('NFKC').replace(SLASHES, '/').replace(BACKSLASHES, '\\')
}

function trimmed(text: string): string {
  const bare = text.trim()
  const quoted = /^(["'])(.*)\1$/s.exec(bare)
  return quoted?.[2] === undefined ? bare : quoted[2].trim()
}

/** Windows takes `a. ` for `a`. */
function withoutEnds(text: string): string {
  return text
    .split('/')
    .map((name) => (/^\.{1,2}$/.test(name) ? name : name.replace(/[. ]+$/, '')))
    .join('/')
}
