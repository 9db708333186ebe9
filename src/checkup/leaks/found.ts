/**
 * Tokens of servers.yaml, by the text that holds them. The file is looked through as it stands, comments and keys
 * included, and then once more the texts that stand there in another form than they have: escaped, folded over
 * lines, in a block.
 */
import { findTokens, type Token } from '../../secrets/tokens/find.ts'
import type { PlainText, ReadTexts } from './texts.ts'

export interface FoundToken extends Token {
  /** In the file. */
  readonly offset: number
}

export interface FoundTokens {
  /** `from` and `to` are within `written`. */
  readonly inTexts: ReadonlyMap<PlainText['node'], readonly FoundToken[]>
  /** Anywhere else: in comments, keys and other settings. */
  readonly elsewhere: readonly FoundToken[]
}

/** Ends whatever a rule has begun: no token, name or blank holds it. */
const BETWEEN = '\n\0\n'

export async function findIn({ source, texts }: ReadTexts): Promise<FoundTokens> {
  const nodes = [...new Map(texts.map((text) => [text.node, text])).values()]
  const raw = await findTokens(source)
  const others = nodes.filter(({ verbatimAt }) => verbatimAt === undefined)
  const decoded =
    others.length === 0 ? [] : await findTokens(others.map(({ written }) => written).join(BETWEEN))
  const inTexts = new Map<PlainText['node'], FoundToken[]>()
  const elsewhere: FoundToken[] = []
  const add = (text: PlainText, token: FoundToken): void => {
    inTexts.set(text.node, [...(inTexts.get(text.node) ?? []), token])
  }
  const holder = within(nodes, ({ from, to }) => [from, to])
  const rawPlaces = new Map<PlainText['node'], number>()
  for (const token of raw) {
    const text = holder(token.from)
    if (text === undefined) elsewhere.push({ ...token, offset: token.from })
    else if (text.verbatimAt === undefined) rawPlaces.set(text.node, rawPlaces.get(text.node) ?? token.from)
    else {
      const [from, to] = [token.from - text.verbatimAt, token.to - text.verbatimAt]
      // A private key that goes over several texts is none.
      if (to <= text.written.length) add(text, { ...token, from, to, offset: token.from })
    }
  }
  let start = 0
  const starts = others.map((text) => {
    const here = start
    start += text.written.length + BETWEEN.length
    return { text, start: here }
  })
  const decodedHolder = within(starts, ({ text, start }) => [start, start + text.written.length])
  for (const token of decoded) {
    const at = decodedHolder(token.from)
    if (at === undefined) continue
    const { text } = at
    const [from, to] = [token.from - at.start, token.to - at.start]
    add(text, { ...token, from, to, offset: rawPlaces.get(text.node) ?? text.from })
  }
  return { inTexts, elsewhere }
}

/** Which of many ranges that don't overlap holds an offset, in logarithmic time. */
function within<T>(items: readonly T[], range: (item: T) => readonly [number, number]) {
  const sorted = items.toSorted((a, b) => range(a)[0] - range(b)[0])
  return (offset: number): T | undefined => {
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >> 1
      const item = sorted[middle]
      if (item !== undefined && range(item)[0] <= offset) low = middle + 1
      else high = middle
    }
    const item = sorted[low - 1]
    return item !== undefined && offset < range(item)[1] ? item : undefined
  }
}
