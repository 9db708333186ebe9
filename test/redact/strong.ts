/** Values that nobody hits by accident, as stores make them, and what is left of one in what was masked. */

export const STRONG: Readonly<Record<string, string>> = {
  short: 'tok-9f8e7d6c5b4a3210',
  GitHub: 'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
  UUID: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  AWS: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzLm0pNkVqT',
  'one case': 'xkqzvwpjhgfdbnmtr',
}

const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')

/** Letters and digits alone, in lower case; written anew here, so that a fault of the product's isn't shared. */
export function bare(text: string): string {
  return text
    .replaceAll(COLOUR, '')
    .replaceAll(/<!--[^]*?-->|<[^<>]*>|&\w+;|\\[nrtbf]/g, '')
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
}

/** The length of the longest stretch of the one that stands in the other. */
export function longestLeft(secret: string, output: string): number {
  const [wanted, text] = [bare(secret), bare(output)]
  let longest = 0
  for (let at = 0; at + longest < wanted.length; at++) {
    while (at + longest < wanted.length && text.includes(wanted.slice(at, at + longest + 1))) longest += 1
  }
  return longest
}

/** In so many parts of about one length. */
export function inParts(value: string, count: number): string[] {
  const size = Math.ceil(value.length / count)
  return Array.from({ length: Math.ceil(value.length / size) }, (_, i) =>
    value.slice(i * size, (i + 1) * size),
  )
}
