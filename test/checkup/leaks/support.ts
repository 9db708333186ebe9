/**
 * Tokens for tests, put together at run time: none of them ever worked, and none stands in a file where a scanner
 * would take it for one that does.
 */
import { createHash } from 'node:crypto'

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** Of an alphabet, always the same for a seed. */
export function chars(length: number, seed = 'x', alphabet = LETTERS): string {
  let text = ''
  for (let round = 0; text.length < length; round++) {
    const hash = createHash('sha256').update(`${seed} ${round}`).digest()
    text += [...hash].map((byte) => alphabet[byte % alphabet.length]).join('')
  }
  return text.slice(0, length)
}

const joined = (...parts: string[]): string => parts.join('')

/** "a GitHub token" by what `check` calls it. */
export const TOKENS: readonly (readonly [what: string, token: string])[] = [
  ['a GitHub token', joined('gh', 'p_', chars(36))],
  ['a GitHub token', joined('github', '_pat_', chars(22), '_', chars(59))],
  ['a GitLab token', joined('glp', 'at-', chars(20))],
  [
    'a Slack token',
    joined('xo', 'xb-', chars(12, 'a', '0123456789'), '-', chars(12, 'b', '0123456789'), '-', chars(24)),
  ],
  ['an OpenAI API key', joined('s', 'k-', chars(20), 'T3Blbk', 'FJ', chars(20, 'y'))],
  ['an Anthropic API key', joined('sk', '-ant-api03-', chars(93), 'AA')],
  ['an npm token', joined('np', 'm_', chars(36))],
  ['a SendGrid API key', joined('S', 'G.', chars(22), '.', chars(43))],
  ['a Vault token', joined('hv', 's.', chars(95))],
  ['a Databricks token', joined('da', 'pi', chars(32, 'd', '0123456789abcdef'))],
  ['a Docker token', joined('dckr', '_pat_', chars(27))],
  ['a Linear API key', joined('lin', '_api_', chars(40))],
  ['a Grafana token', joined('gl', 'sa_', chars(32), '_', chars(8, 'g', '0123456789abcdef'))],
  ['a Hugging Face token', joined('h', 'f_', chars(34, 'h', 'abcdefghijklmnopqrstuvwxyz'))],
]

export const GITHUB = TOKENS[0]?.[1] ?? ''
export const VAULT = TOKENS[8]?.[1] ?? ''

export function privateKey(lineEnd = '\n'): string {
  const lines = [joined('MI', 'I', chars(61)), chars(64, 'k'), chars(64, 'l')]
  return [
    '-----BEGIN RSA ',
    'PRIVATE KEY-----',
    lineEnd,
    lines.join(lineEnd),
    lineEnd,
    '-----END RSA ',
    'PRIVATE KEY-----',
  ].join('')
}
