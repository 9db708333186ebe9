/**
 * Finds the parts of a text that look like a token: by the rules of secretlint, which follow what issuers change, and
 * by forms of our own for what it lacks (kinds.ts). secretlint is loaded at the first call, so only by who checks,
 * migrates, or starts a server whose texts could hold one (`couldHoldToken`); it asks nobody, reads no file, and its
 * expressions are bounded. What it says of a finding is put into our words, because its own quote the token.
 */
import { SidemuxError } from '../../errors.ts'
import { KINDS } from './kinds.ts'
import { isPlaceholder } from './placeholder.ts'

export interface Token {
  /** In UTF-16 units, as string indices are. */
  readonly from: number
  readonly to: number
  /** "a GitHub token". */
  readonly what: string
}

const RULE = '@secretlint/secretlint-rule-'

/** What lets a comment in the file switch rules off. */
const COMMENTS = `${RULE}filter-comments`

export const KIND_WORDS: ReadonlyMap<string, string> = new Map([
  ['1password', 'a 1Password service account token'],
  ['anthropic', 'an Anthropic API key'],
  ['aws', 'an AWS secret access key'],
  ['basicauth', 'an address with a password'],
  ['database-connection-string', 'a database address with a password'],
  ['databricks', 'a Databricks token'],
  ['docker', 'a Docker token'],
  ['figma', 'a Figma token'],
  ['gcp', 'a Google Cloud service account key'],
  ['github', 'a GitHub token'],
  ['gitlab', 'a GitLab token'],
  ['grafana', 'a Grafana token'],
  ['groq', 'a Groq API key'],
  ['hashicorp-vault', 'a Vault token'],
  ['huggingface', 'a Hugging Face token'],
  ['linear', 'a Linear API key'],
  ['notion', 'a Notion token'],
  ['npm', 'an npm token'],
  ['openai', 'an OpenAI API key'],
  ['privatekey', 'a private key'],
  ['sendgrid', 'a SendGrid API key'],
  ['shopify', 'a Shopify token'],
  ['slack', 'a Slack token'],
  ['vercel', 'a Vercel token'],
])

/**
 * How much the library sees at a time, because it compares each finding with each other; and how much more, so that
 * what begins in one piece is seen as a whole. The longest that it looks for is a private key of 10000 characters.
 */
const PIECE = 16_384
const OVERLAP = 12_288

/**
 * Whether it is worth looking: an option, a path or the name of a package holds no token. A token has sixteen letters and
 * digits in a row at least, with a digit or a capital among them, or more letters than any word has.
 */
export function couldHoldToken(text: string): boolean {
  return (
    /:\/\/|PRIVATE KEY/.test(text) ||
    [...text.matchAll(/[A-Za-z0-9_-]{16,}/g)].some(([run]) => /[0-9A-Z]|[a-z]{21}/.test(run))
  )
}

/** In the order of the text, and none inside another. @throws SidemuxError when secretlint can't be loaded. */
export async function findTokens(text: string): Promise<readonly Token[]> {
  return withoutNested(await allTokens(text))
}

/** Also those that are part of another, as the path of a webhook. @throws SidemuxError when secretlint can't be loaded. */
export async function allTokens(text: string): Promise<readonly Token[]> {
  const scan = await loadScan()
  const tokens: Token[] = []
  for (let start = 0; start < text.length; start += PIECE) {
    const piece = text.slice(start, start + PIECE + OVERLAP)
    for (const { ruleId, messageId, range, data } of await scan(piece)) {
      if (range[0] >= PIECE || NO_SECRET.has(messageId)) continue
      const [from, to] = placeOf(piece, range, data)
      const what = KIND_WORDS.get(ruleId.slice(RULE.length)) ?? 'a token'
      tokens.push({ from: start + from, to: start + to, what })
    }
  }
  return [...tokens, ...ownForms(text)].filter(({ from, to }) => !isExample(text.slice(from, to)))
}

/** The number of an account names it and opens nothing. */
const NO_SECRET: ReadonlySet<string> = new Set(['AWSAccountID'])

/** Not in the middle of a longer word; what is percent-encoded or escaped before it is none. */
const BEGINS = String.raw`(?<=^|[^A-Za-z0-9]|%[0-9A-Fa-f]{2}|\\[nrtbf])`

const FORMS = KINDS.map(({ what, form }) => ({ what, form: new RegExp(`${BEGINS}(?:${form})`, 'dg') }))

function ownForms(text: string): readonly Token[] {
  return FORMS.flatMap(({ what, form }) =>
    [...text.matchAll(form)].map(({ indices }): Token => {
      const [from, to] = indices?.groups?.['secret'] ?? indices?.[0] ?? [0, 0]
      return { from, to, what }
    }),
  )
}

/** Of an address that is one as a whole, its password counts. */
function isExample(token: string): boolean {
  const [, password] = /^[a-z+]+:\/\/[^:@/]*:([^@/]*)@/i.exec(token) ?? []
  return isPlaceholder(password ?? token)
}

async function loadScan() {
  const [{ lintSource }, { rules: all }, { secretLintProfiler }] = await Promise.all([
    import('@secretlint/core'),
    import('@secretlint/secretlint-rule-preset-recommend'),
    import('@secretlint/profiler'),
  ]).catch(() => {
    throw new SidemuxError('the rules by which tokens are recognised (@secretlint) can not be loaded', {
      hint: 'install sidemux anew; without them a token in plain would not be masked',
    })
  })
  // It marks each rule's begin and end, keeps all marks for ever, and searches them for each new one: after some long texts
  // the event loop stood still for a minute.
  secretLintProfiler.mark = () => undefined
  const rules = all.flatMap((rule) => (rule.meta.id === COMMENTS ? [] : [{ id: rule.meta.id, rule }]))
  return async (content: string) => {
    const source = { filePath: 'servers.yaml', content, ext: '.yaml', contentType: 'text' } as const
    const { messages } = await lintSource({ source, options: { noPhysicFilePath: true, config: { rules } } })
    return messages
  }
}

/** Some rules point at the name before the token; what they quote is the token alone. */
function placeOf(text: string, [from, to]: readonly [number, number], data: unknown): [number, number] {
  const quoted = typeof data === 'object' && data !== null ? Object.values(data) : []
  const token = quoted.find((value) => typeof value === 'string')
  if (token === undefined || token === '') return [from, to]
  const at = text.indexOf(token, from)
  return at === -1 || at > to ? [from, to] : [at, at + token.length]
}

function withoutNested(tokens: readonly Token[]): readonly Token[] {
  const kept: Token[] = []
  for (const token of tokens.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    if (token.from >= (kept.at(-1)?.to ?? 0)) kept.push(token)
  }
  return kept
}
