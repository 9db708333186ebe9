/** Headers that could never be sent, told before the server needs them; the values of references are judged later. */
import { parseTemplate } from '../../secrets/reference.ts'
import type { ServerEntry } from './server-entry.ts'

/** A token (RFC 9110, 5.6.2), and what Node's HTTP takes in a value. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

export function checkHeaders(entry: ServerEntry): boolean {
  const before = Object.entries(entry.raw.headers ?? {})
  const wrong = before.flatMap(([name, value]): (readonly [string, string, string])[] => {
    if (!NAME.test(name))
      return [
        [
          name,
          'the name of a header holds a character that it can not have',
          'write for example Authorization',
        ],
      ]
    const parsed = parseTemplate(value)
    const literals = parsed.ok
      ? parsed.template.parts.map((part) => (part.kind === 'literal' ? part.text : ''))
      : []
    return literals.every((text) => VALUE.test(text))
      ? []
      : [
          [
            name,
            'the value holds characters that a header can not have',
            'look for line breaks and typographic marks in it',
          ],
        ]
  })
  for (const [name, message, hint] of wrong) entry.refuse(['headers', name], message, hint)
  return wrong.length === 0
}
