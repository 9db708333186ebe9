/**
 * A host that pauses within a value is told apart from one that has said all by nothing but its pause. Then the beginning
 * of a value may show, and no more of it, however often the host pauses (promise 3). What children print has the same bound.
 */
import { expect, it } from 'vitest'
import { AnswerMask } from '../../../src/egress/broker/message/mask.ts'
import { Redactor } from '../../../src/redact/redactor.ts'
import { Secret } from '../../../src/secrets/secret.ts'

const VALUE = 'Zq7kd93mPvX2Lw8tRb5Yc4'
/** As long, and nowhere alike. */
const PLACEHOLDER = 'aBcDeFgHiJkLmNoPqRsTuV'
const secret = new Secret(VALUE, 'github.TOKEN')

const STREAMS = {
  'the answer of a host': () => {
    const mask = new AnswerMask()
    mask.learn([{ field: 'env.TOKEN', placeholder: PLACEHOLDER, hosts: [], places: ['header'], secret }])
    return mask.stream(true)
  },
  'the words of a child': () => {
    const redactor = new Redactor()
    redactor.add('github', [secret])
    return redactor.stream()
  },
}
const WRITINGS: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'in base64': (text) => Buffer.from(text).toString('base64'),
  'in hex': (text) => Buffer.from(text).toString('hex'),
}
const ROWS = Object.entries(STREAMS).flatMap(([what, open]) =>
  Object.entries(WRITINGS).flatMap(([how, write]) =>
    [1, 3, 7].map((size) => ({ what, open, how, write, size })),
  ),
)

it.each(ROWS)(
  'in $what a value $how shows its first seven characters at most, with a pause after each $size',
  ({ open, write, size }) => {
    const stream = open()
    const written = write(VALUE)
    let out = stream.push('data: ') + stream.settle()
    for (let at = 0; at < written.length; at += size)
      out += stream.push(written.slice(at, at + size)) + stream.settle()
    out += stream.push('\n\n') + stream.settle() + stream.flush()
    expect(out).toMatch(/^data: .*\n\n$/)
    const eights = Array.from({ length: written.length - 7 }, (_, at) => written.slice(at, at + 8))
    expect(eights.filter((part) => out.includes(part))).toEqual([])
  },
)
