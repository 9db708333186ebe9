/** Links of a Markdown page, and the anchors that others can lead to. Pure. */

export interface Link {
  readonly line: number
  readonly target: string
  readonly isImage: boolean
}

/** Without fences and code spans, in which brackets are no links; lines keep their numbers. */
function prose(page: string): string {
  return page
    .replaceAll(/^(```+|~~~+)[^\n]*\n[^]*?^\1[^\n]*$/gmu, (fence) => fence.replaceAll(/[^\n]/gu, ''))
    .replaceAll(/<!--[^]*?-->/gu, (comment) => comment.replaceAll(/[^\n]/gu, ''))
    .replaceAll(/(`+)(?!`)[^\n]*?[^`\n]\1(?!`)/gu, '')
}

const INLINE = /(!?)\[(?:[^[\]]|\[[^[\]]*\]\([^()]*\))*\]\((<[^>]*>|[^()\s]*)(?:\s+"[^"]*")?\)/gu
const NESTED_IMAGE = /!\[[^[\]]*\]\(([^()\s]*)\)(?=[^[\]]*\]\()/gu
const DEFINED = /^\s{0,3}\[[^\]^][^\]]*\]:\s+(\S+)/gmu
const HTML = /<(img|a|source)\b[^>]*?\b(?:href|src)="([^"]*)"/gu

/** All of them: inline ones, definitions of references, and HTML; autolinks are elsewhere by nature. */
export function linksOf(page: string): Link[] {
  const text = prose(page)
  const found = (pattern: RegExp, target: number, isImage: (match: RegExpExecArray) => boolean): Link[] =>
    [...text.matchAll(pattern)].map((match) => ({
      line: text.slice(0, match.index).split('\n').length,
      target: (match[target] ?? '').replace(/^<|>$/gu, ''),
      isImage: isImage(match),
    }))
  return [
    ...found(INLINE, 2, ([, sign]) => sign === '!'),
    ...found(NESTED_IMAGE, 1, () => true),
    ...found(DEFINED, 1, () => false),
    ...found(HTML, 2, ([, tag]) => tag !== 'a'),
  ]
}

/** `[words][name]` without a definition: it is shown as it stands there. */
export function undefinedReferences(page: string): string[] {
  const text = prose(page)
  const defined = new Set(
    [...text.matchAll(/^\s{0,3}\[([^\]]+)\]:/gmu)].map(([, name = '']) => name.toLowerCase()),
  )
  return [...text.matchAll(/\]\[([^\]]+)\]/gu)]
    .map(([, name = '']) => name)
    .filter((name) => !defined.has(name.toLowerCase()))
}

/** As GitHub makes them of headings: letters, digits, `_` and `-` stay, blanks are `-`, the second of a name gets `-1`. */
export function anchorsOf(page: string): Set<string> {
  const anchors = new Set([...page.matchAll(/<a\s+(?:id|name)="([^"]+)"/gu)].map(([, name = '']) => name))
  const text = page.replaceAll(/^(```+|~~~+)[^\n]*\n[^]*?^\1[^\n]*$/gmu, '')
  for (const [, heading = ''] of text.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gmu)) {
    const slug = heading
      .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/gu, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-')
    let anchor = slug
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${count}`
    anchors.add(anchor)
  }
  return anchors
}
