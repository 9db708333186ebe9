import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { formatProblem } from '../../src/config/problem.ts'
import { SidemuxError } from '../../src/errors.ts'
import { load } from './support.ts'

/** Recognisable, and never part of a sentence of ours. */
const SECRET = 'q7Zx9Kq7Zx9K'

async function survives(content: string | Uint8Array): Promise<void> {
  const loaded = await load(content).catch((error: unknown) => {
    expect(error).toBeInstanceOf(SidemuxError)
    return undefined
  })
  if (loaded === undefined) return
  const failed = loaded.problems.some(({ severity }) => severity === 'error')
  expect(loaded.config === undefined).toBe(failed)
  for (const { line, col } of loaded.problems) {
    expect(line).toBeGreaterThanOrEqual(1)
    expect(col).toBeGreaterThanOrEqual(1)
  }
}

describe('whatever the file holds', () => {
  const key = fc.oneof(
    fc.constantFrom(
      'version',
      'servers',
      'mcpServers',
      'secrets',
      'env',
      'headers',
      'command',
      'args',
      'url',
      'type',
    ),
    fc.constantFrom(
      'tools',
      'allow',
      'leases',
      'store',
      'path',
      'profiles',
      'defaults',
      'timeout',
      '__proto__',
      '<<',
    ),
    fc.string({ maxLength: 8 }),
  )
  const scalar = fc.oneof(
    fc.constantFrom(1, 0, -1, 1.5, true, false, null, '', '*', '${env:A}', '${s:x}', '${', 'dotenv', 'x'),
    fc.string({ maxLength: 12 }),
    fc.anyText({ maxLength: 6 }),
  )
  const tree = fc.letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 6 },
      scalar,
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(key, tie('any'), { maxKeys: 6 }),
    ),
  })).any

  test('random JSON is refused or loaded, and nothing else (promise 1)', async () => {
    await fc.assert(
      fc.asyncProperty(tree, (value) => survives(JSON.stringify(value))),
      { numRuns: 40 },
    )
  })

  test('random text is refused or loaded, and nothing else (promise 1)', async () => {
    const piece = fc.constantFrom(
      'version: 1\n',
      'servers:\n',
      '  a:\n',
      '    command: x\n',
      '    env:\n',
      '      A: ',
      '${env:A}',
      '%YAML 1.1\n',
      '---\n',
    )
    const mark = fc.constantFrom(
      '- ',
      '[',
      ']',
      '{',
      '}',
      ': ',
      ', ',
      '"',
      "'",
      '&a ',
      '*a',
      '!t ',
      '|\n',
      '>\n',
    )
    const blank = fc.constantFrom('\t', '\n', '#', '? ', '  ')
    const text = fc
      .array(fc.oneof(piece, mark, blank, fc.string({ maxLength: 4 })), { maxLength: 30 })
      .map((parts) => parts.join(''))
    await fc.assert(fc.asyncProperty(text, survives), { numRuns: 60 })
  })

  test('random bytes are refused or loaded, and nothing else (promise 1)', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), survives), { numRuns: 40 })
  })

  test('no problem quotes a value of env or headers (promise 3)', async () => {
    const value = fc.oneof(
      fc.constantFrom<unknown>(
        SECRET,
        [SECRET],
        { a: SECRET },
        `\${${SECRET}}`,
        `\${${SECRET}`,
        `\${env:${SECRET}x y}`,
      ),
      fc.constantFrom<unknown>(
        `\${A:-${SECRET}}`,
        `\${env:A:-${SECRET}\${}`,
        `\${nope:${SECRET}}`,
        `\${lease:${SECRET}#x}`,
      ),
      fc.constantFrom<unknown>(`${SECRET}\0`, `\${s:x#}${SECRET}`, `Bearer ${SECRET}`, `\${env:A#${SECRET}}`),
    )
    const wrapped = fc
      .tuple(value, fc.string({ maxLength: 3 }))
      .map(([inner, prefix]) => (typeof inner === 'string' ? prefix + inner : inner))
    const entry = fc.record(
      {
        command: fc.constantFrom('x', 1),
        env: fc.oneof(wrapped, fc.dictionary(fc.constantFrom('A', 'TOKEN'), wrapped)),
        headers: fc.oneof(wrapped, fc.dictionary(fc.constantFrom('A', 'Authorization'), wrapped)),
        extra: fc.constant(1),
      },
      { requiredKeys: ['env', 'headers'] },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom('a', 'B_b'), entry),
        fc.nat(1),
        async (servers, indent) => {
          const { problems } = await load(JSON.stringify({ version: 1, servers }, undefined, indent * 2))
          expect(problems.map(formatProblem).join('\n')).not.toContain(SECRET)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('no syntax error quotes the line it is in (promise 3)', async () => {
    const before = 'version: 1\nservers:\n  a:\n    command: x\n    env:\n'
    const lines = [
      `      TOKEN:${SECRET}\n      B: x\n`,
      `      TOKEN: "${SECRET}\n`,
      `      TOKEN: '${SECRET}' ${SECRET}\n`,
      `      TOKEN: @${SECRET}\n`,
      `      TOKEN: *${SECRET}\n`,
      `      TOKEN: !${SECRET} x\n`,
      `      TOKEN: ${SECRET}: ${SECRET}\n`,
      `      TOKEN: "\\q${SECRET}"\n`,
      `     - ${SECRET}\n   - ${SECRET}\n`,
      `      "TOKEN=${SECRET}": x\n      "TOKEN=${SECRET}": x\n`,
      `      TOKEN: | ${SECRET}\n`,
      `      [${SECRET}]: x\n`,
      `%${SECRET}\n---\n`,
    ]
    for (const line of lines) {
      const { config, problems } = await load(before + line)
      expect(config).toBeUndefined()
      expect(problems.map(formatProblem).join('\n')).not.toContain(SECRET)
    }
  })
})
