/** A value split over one message (promise 3): every shape of message, every way to cut. The same for arguments (2). */
import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { Redactor } from '../../src/redact/redactor.ts'
import { Secret } from '../../src/secrets/secret.ts'
import { inParts, longestLeft, STRONG } from './strong.ts'
import { work } from '../work.ts'

function knowing(value: string): Redactor {
  const redactor = new Redactor()
  redactor.add('s', [new Secret(value, 's.T')])
  return redactor
}

type Shape = (parts: readonly string[]) => unknown

const text = (said: string): object => ({ type: 'text', text: said })
const b64 = (said: string): string => Buffer.from(said).toString('base64')
/** Two places of a message: the first part in one, all others in the other. */
const both =
  (shape: (first: string, rest: string) => unknown): Shape =>
  ([first = '', ...rest]) =>
    shape(first, rest.join(''))

/** Read in their order: any parts, single characters too. */
const IN_ORDER: Record<string, Shape> = {
  'text blocks': (parts) => ({ content: parts.map(text) }),
  'text blocks with images between': (parts) => ({
    content: parts.flatMap((part) => [
      text(part),
      { type: 'image', data: 'aGVsbG8=', mimeType: 'image/png' },
    ]),
  }),
  'embedded resources': (parts) => ({
    content: parts.map((part, i) => ({
      type: 'resource',
      resource: { uri: `file:///f${i}`, mimeType: 'text/plain', text: part },
    })),
  }),
  'names of links': (parts) => ({
    content: parts.map((name, i) => ({ type: 'resource_link', uri: `file:///${i}`, name })),
  }),
  'messages of a prompt': (parts) => ({
    messages: parts.map((part, i) => ({ role: i % 2 === 0 ? 'user' : 'assistant', content: text(part) })),
  }),
  'messages of a sampling request': (parts) => ({
    method: 'sampling/createMessage',
    params: {
      messages: parts.map((part) => ({ role: 'user', content: text(part) })),
      systemPrompt: 'be kind',
      maxTokens: 5,
    },
  }),
  'contents of resources': (parts) => ({
    contents: parts.map((part, i) => ({ uri: `file:///${i}`, text: part })),
  }),
  blobs: (parts) => ({ contents: parts.map((part, i) => ({ uri: `file:///${i}`, blob: b64(part) })) }),
  siblings: (parts) => ({ structuredContent: Object.fromEntries(parts.map((part, i) => [`k${i}`, part])) }),
  'lines as objects': (parts) => ({ structuredContent: { lines: parts.map((s) => ({ s })) } }),
  'lines with numbers': (parts) => ({
    structuredContent: { lines: parts.map((s, n) => ({ n, s, ok: true })) },
  }),
  'lines with more': (parts) => ({
    structuredContent: {
      lines: parts.map((s, n) => ({ stream: 'stdout', s, at: `2026-01-01T00:00:${n + 10}Z` })),
    },
  }),
  'arrays in arrays': (parts) => ({ structuredContent: { a: parts.map((part) => [[part]]) } }),
  'objects in objects': (parts) => ({
    structuredContent: parts.reduceRight<unknown>((next, v) => ({ v, next }), null),
  }),
  'keys in keys': (parts) => ({
    structuredContent: parts.reduceRight<unknown>((next, key) => ({ [key]: next }), 1),
  }),
  completions: (parts) => ({ completion: { values: parts, total: 3, hasMore: false } }),
  'descriptions of tools': (parts) => ({
    tools: parts.map((description, i) => ({
      name: `tool_${i}`,
      description,
      inputSchema: { type: 'object' },
    })),
  }),
}

/** Words or other members stand between, or the order is another: parts of four characters and more. */
const ANYHOW: Record<string, Shape> = {
  ...IN_ORDER,
  'blocks backwards': (parts) => ({ content: parts.toReversed().map(text) }),
  'words around': (parts) => ({ content: parts.map((part, i) => text(`part ${i + 1}: ${part} (of many)`)) }),
  'addresses of links': (parts) => ({
    content: parts.map((part) => ({
      type: 'resource_link',
      uri: `file:///${encodeURIComponent(part)}`,
      name: 'n',
    })),
  }),
  'lines of one text': (parts) => ({
    content: [text(parts.map((part, i) => `line ${i} of the output: ${part}`).join('\n'))],
  }),
  'JSON in a text': (parts) => ({ content: [text(JSON.stringify(parts.map((x, i) => ({ i, x }))))] }),
  'a table': (parts) => ({ content: [text(parts.map((part, i) => `| ${i} | ${part} | ok |`).join('\n'))] }),
  'words in descriptions': (parts) => ({
    tools: parts.map((part, i) => ({
      name: `t${i}`,
      description: `Does ${part}`,
      inputSchema: { type: 'object' },
    })),
  }),
  keys: (parts) => ({ structuredContent: Object.fromEntries(parts.map((part, i) => [part, i])) }),
  'key and value': both((first, rest) => ({ structuredContent: { [first]: rest } })),
  'a text and a resource': both((first, rest) => ({
    content: [text(first), { type: 'resource', resource: { uri: 'file:///x', text: rest } }],
  })),
  'text and structured content': both((first, rest) => ({
    content: [text(first)],
    structuredContent: { r: rest },
  })),
  'structured content and text': both((first, rest) => ({
    structuredContent: { r: first },
    content: [text(rest)],
  })),
  'text and _meta': both((first, rest) => ({ content: [text(first)], _meta: { x: rest } })),
  'an error and its data': both((first, rest) => ({
    code: -1,
    message: `failed: ${first}`,
    data: { more: rest },
  })),
  'a question and its field': both((first, rest) => ({
    message: `Please ${first}`,
    requestedSchema: { type: 'object', properties: { a: { type: 'string', title: rest } } },
  })),
  'a system prompt and a message': both((first, rest) => ({
    systemPrompt: first,
    messages: [{ role: 'user', content: text(rest) }],
  })),
  'type and address': both((first, rest) => ({
    content: [
      { type: 'image', data: 'aGVsbG8=', mimeType: first },
      { type: 'resource_link', name: 'x', uri: rest },
    ],
  })),
}

const CUTS: Record<string, (value: string) => readonly string[]> = {
  'in two': (value) => inParts(value, 2),
  'in three': (value) => inParts(value, 3),
  'in four': (value) => inParts(value, 4),
  'after three': (value) => [value.slice(0, 3), value.slice(3)],
  'before three': (value) => [value.slice(0, -3), value.slice(-3)],
}
const FINE: typeof CUTS = {
  ...CUTS,
  'each character': (value) => Array.from(value),
  'each two': (value) => value.match(/..?/g) ?? [],
}

function misses(value: string, shapes: Record<string, Shape>, cuts: typeof CUTS): string[] {
  const redactor = knowing(value)
  return Object.entries(shapes).flatMap(([shape, make]) =>
    Object.entries(cuts).flatMap(([cut, divide]) => {
      const message = make(divide(value))
      const masked = redactor.maskJson(message)
      const left = longestLeft(value, JSON.stringify(masked.value))
      const known = redactor.foreignSecrets(message, 'other').length
      return masked.hits > 0 && left < 8 && known === 1
        ? []
        : [`${shape}, ${cut}: ${masked.hits} ${left} ${known}`]
    }),
  )
}

describe('split over one message', () => {
  test.each(Object.entries(STRONG))('%s, in order, however finely', (_, value) => {
    expect(misses(value, IN_ORDER, FINE)).toEqual([])
  })

  test.each(Object.entries(STRONG))('%s, whatever stands between, in any order', (_, value) => {
    expect(misses(value, ANYHOW, CUTS)).toEqual([])
  })

  test.each(['kY8!secret value', 'correct horse battery staple', 'p@ss/w#rd+99 ü'])(
    'a password that could nearly be words, in order: %s',
    (value) => {
      expect(misses(value, IN_ORDER, CUTS)).toEqual([])
    },
  )

  test('in its encodings', () => {
    const value = STRONG['GitHub'] ?? ''
    for (const encoding of ['hex', 'base64'] as const) {
      const parts = inParts(Buffer.from(value).toString(encoding), 3)
      for (const shape of ['text blocks', 'lines with numbers', 'messages of a prompt'])
        expect(knowing(value).maskJson(IN_ORDER[shape]?.(parts)).hits, shape).toBeGreaterThan(0)
    }
  })

  test('in any number of parts of any size, with anything between', () => {
    const noise = fc.constantFrom('and', 'then', '–', '', 'part', '42', 'next one:')
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(STRONG)),
        fc.array(fc.integer({ min: 5, max: 9 }), { minLength: 12, maxLength: 12 }),
        fc.array(noise, { minLength: 14, maxLength: 14 }),
        fc.boolean(),
        (value, sizes, noises, backwards) => {
          const parts: string[] = []
          for (let at = 0, i = 0; at < value.length; at += sizes[i++ % 12] ?? 5)
            parts.push(value.slice(at, at + (sizes[i % 12] ?? 5)))
          const blocks = parts.map((part, i) => text(`${noises[i]} ${part} ${noises[i + 1]}`))
          const { value: masked } = knowing(value).maskJson(backwards ? blocks.toReversed() : blocks)
          expect(longestLeft(value, JSON.stringify(masked))).toBeLessThan(8)
        },
      ),
      { numRuns: 150, seed: 1 },
    )
  })
})

describe('the shape of what is masked stays', () => {
  const value = STRONG['GitHub'] ?? ''
  const [first = '', second = ''] = inParts(value, 2)
  const mask = '[redacted:s.T]'

  test('each part in its place, everything else as it was', () => {
    const kept = { deep: [1, { a: 'b' }] }
    const input = { a: `is ${first}`, kept, b: [second, 'end'], n: 7, nothing: null }
    const { value: output } = knowing(value).maskJson(input)
    expect(output).toEqual({ ...input, a: `is ${mask}`, b: [mask, 'end'] })
    expect(output.kept).toBe(kept)
  })

  test('__proto__ is a place like any other', () => {
    const input: unknown = JSON.parse(`{"__proto__":"${first}","constructor":{"__proto__":"${second}"}}`)
    const { value: output } = knowing(value).maskJson(input)
    expect(JSON.stringify(output)).toBe(`{"__proto__":"${mask}","constructor":{"__proto__":"${mask}"}}`)
    expect(Object.getPrototypeOf(output)).toBe(Object.prototype)
  })
})

describe('work is bounded, whatever a server sends', () => {
  const value = STRONG['hash'] ?? ''
  test.each<[string, () => unknown]>([
    ['a part again and again', () => `${value.slice(0, 30)} `.repeat(5000)],
    ['all but one again and again', () => value.slice(0, -5).repeat(2500)],
    ['many small strings', () => Array.from({ length: 25_000 }, (_, i) => value.slice(i % 60, (i % 60) + 4))],
    [
      'many keys',
      () => Object.fromEntries(Array.from({ length: 15_000 }, (_, i) => [`${value.slice(0, 8)}${i}`, i])),
    ],
    ['markup that never ends', () => '<b'.repeat(75_000)],
    ['one tag that never ends', () => `<b ${'x '.repeat(75_000)}`],
    ['comments that never end', () => '<!-- '.repeat(30_000)],
    ['escapes of terminals that never end', () => '\u001b]'.repeat(75_000)],
    ['lines of dumps', () => '00000000: 6162  \n'.repeat(10_000)],
    ['blanks in a line of a dump', () => `\n00000000: 61${' '.repeat(150_000)}|`],
    ['pairs of hex in a line', () => `\n00000000: ${'61 '.repeat(50_000)}x`],
    ['base64 in base64', () => b64(b64(b64('x'.repeat(100_000))))],
    ['percent signs', () => '%2525'.repeat(30_000)],
    ['backslashes', () => '\\'.repeat(150_000)],
  ])('%s', (_, make) => {
    const redactor = knowing(value)
    const message = make()
    const taken = work(() => {
      redactor.maskJson(message)
      redactor.foreignSecrets(message, 'other')
    })
    expect(taken).toBeLessThan(200)
  })
})
