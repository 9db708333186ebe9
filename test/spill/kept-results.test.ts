/** Long results: what a host gets of them, how the whole is read, and that nothing of them stays behind (promise 8). */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { KeptResults, sweepResults } from '../../src/spill/kept-results.ts'
import { maxResultOption } from '../../src/spill/options.ts'
import { previewOf, textOfResult } from '../../src/spill/preview.ts'
import { questionInUri, readResult, RESULT_URI } from '../../src/spill/read-result.ts'
import { thisProcess } from '../../src/state/holder.ts'

function stateOf(): { state: string; names: () => string[] } {
  const state = mkdtempSync(join(tmpdir(), 'sidemux-spill-'))
  onTestFinished(() => rmSync(state, { recursive: true, force: true }))
  return {
    state,
    names: () => {
      try {
        return readdirSync(join(state, 'results'))
      } catch {
        return []
      }
    },
  }
}

describe('what is kept', () => {
  it('is of this user alone, is read by its id alone, and is gone with its session', () => {
    const { state, names } = stateOf()
    const [kept, other] = [new KeptResults(state), new KeptResults(state)]
    const id = kept.keep('a long text') ?? ''
    expect(kept.text(id)).toBe('a long text')
    expect(other.text(id)).toBeUndefined()
    expect(kept.text('../../audit/x')).toBeUndefined()
    for (const name of names()) expect(statSync(join(state, 'results', name)).mode & 0o777).toBe(0o600)
    expect(statSync(join(state, 'results')).mode & 0o777).toBe(0o700)
    expect(names()).toHaveLength(2)
    kept.close()
    expect(names()).toEqual([])
    expect(kept.keep('later')).toBeUndefined()
  })

  it('has bounds, and the oldest is given up', () => {
    const { state, names } = stateOf()
    const kept = new KeptResults(state)
    const ids = Array.from({ length: 70 }, (_, at) => kept.keep(`text ${at}`) ?? '')
    expect(names().filter((name) => name.endsWith('.txt'))).toHaveLength(64)
    expect([kept.text(ids[0] ?? ''), kept.text(ids[69] ?? '')]).toEqual([undefined, 'text 69'])
    const big = 'x'.repeat(40 * 1024 * 1024)
    const [first, second] = [kept.keep(big) ?? '', kept.keep(big) ?? '']
    expect([kept.text(first), kept.text(second)?.length]).toEqual([undefined, big.length])
    kept.close()
  })

  it('is swept where its sidemux was killed, and left where it lives', () => {
    const { state, names } = stateOf()
    const living = new KeptResults(state)
    living.keep('of one that lives')
    const before = names().toSorted()
    mkdirSync(join(state, 'results'), { recursive: true })
    const gone = JSON.stringify({ ...thisProcess(), began: '1' })
    writeFileSync(join(state, 'results', 'dead.json'), gone, { mode: 0o600 })
    writeFileSync(join(state, 'results', 'dead.abc.txt'), 'left', { mode: 0o600 })
    writeFileSync(join(state, 'results', 'nobody.abc.txt'), 'left', { mode: 0o600 })
    sweepResults(state)
    expect(names().toSorted()).toEqual(before)
    living.close()
  })

  it('is not kept where nothing can be written, and nothing is thrown', () => {
    const { state } = stateOf()
    writeFileSync(join(state, 'results'), 'a file in its place')
    const kept = new KeptResults(state)
    expect(kept.keep('text')).toBeUndefined()
    kept.close()
    sweepResults(state)
  })
})

describe('a preview', () => {
  const long = Array.from({ length: 5000 }, (_, at) => `line ${at}`).join('\n')
  const whole = { text: long, id: 'an-id', uri: `${RESULT_URI}an-id`, tool: 'reads_it' }

  it('has both ends as they were, says how the rest is read, and keeps what is no text', () => {
    const image = { type: 'image', data: 'AAAA', mimeType: 'image/png' }
    const result = {
      content: [{ type: 'text', text: long }, image],
      structuredContent: { text: long },
      isError: true,
      _meta: { a: 1 },
    }
    const { content, ...rest } = previewOf(result, whole, 20_000)
    expect(rest).toEqual({ isError: true, _meta: { a: 1 } })
    const [head, said, tail, last] = content as { text?: string }[]
    expect(long.startsWith(head?.text ?? 'none')).toBe(true)
    expect(long.endsWith(tail?.text ?? 'none')).toBe(true)
    expect(said?.text).toMatch(/reads_it \{"id": "an-id", "from": 8000\}/)
    expect(last).toEqual(image)
  })

  it('cuts no character in two', () => {
    const text = '😀'.repeat(20_000)
    const { content } = previewOf({ content: [] }, { ...whole, text }, 9)
    for (const { text: part } of content as { text: string }[]) expect(part.isWellFormed()).toBe(true)
  })

  it.each([
    [
      {
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      'a\nb',
    ],
    [{ content: [{ type: 'resource', resource: { uri: 'x:', text: 'r' } }] }, 'r'],
    [{ content: [{ type: 'image', data: 'AA' }], structuredContent: { a: 1 } }, '{"a":1}'],
    [{ content: [{ type: 'text', text: '{"a":1}' }], structuredContent: { a: 1 } }, '{"a":1}'],
    [{}, ''],
  ])('takes the text of %j', (result, text) => {
    expect(textOfResult(result)).toBe(text)
  })
})

describe('reading', () => {
  const text = `${'x'.repeat(100)}needle${'y'.repeat(100)}Needle`
  const read = (question: object): string => {
    const part = readResult({ text: (id) => (id === 'one' ? text : undefined) }, question, (all) =>
      all.replaceAll('yyyy', '****'),
    )
    return 'wrong' in part ? part.wrong : part.text
  }

  it.each([
    [{}, /^id is required/],
    [{ id: 'two' }, /^no such result/],
    [{ id: 'one', from: -1 }, /^from is the number/],
    [{ id: 'one', length: 'much' }, /^length is a number/],
    [{ id: 'one', search: 5 }, /^search is a text/],
    [
      { id: 'one', from: '100', length: 6 },
      /^\[characters 100 to 106 of 212; go on with "from": 106\]\nneedle$/,
    ],
    [{ id: 'one', from: 106 }, /^\[characters 106 to 212 of 212\]\n\*{100}Needle$/],
    [{ id: 'one', from: 999 }, /^\[characters 999 to 212 of 212\]\n$/],
    [{ id: 'one', search: 'NEEDLE' }, /^\[found 2 times;[^]*\[at 100\]\n[^]*\[at 206\]\n/],
    [{ id: 'one', search: 'none' }, /^\[nothing of that/],
  ])('by %j', (question, said) => {
    expect(read(question)).toMatch(said)
  })

  it('takes the same from an address', () => {
    expect(questionInUri(`${RESULT_URI}one?from=5&length=6`)).toEqual({ id: 'one', from: '5', length: '6' })
    expect(questionInUri('sidemux://files/results/one')).toBeUndefined()
  })
})

it.each([
  ['off', 'off'],
  ['100k', 102_400],
  ['1m', 1_048_576],
  ['1k', undefined],
  ['much', undefined],
])('maxResult: %s is %s', (text, size) => {
  const read = maxResultOption.safeParse(text)
  expect(read.success ? read.data : undefined).toBe(size)
})
