/**
 * fast-check. Each run of a test draws other values; but what decides whether a change lands draws the same ones each time,
 * so that nothing lands, or fails to, by luck.
 */
import { array, configureGlobal, constantFrom, domain, integer, string, tuple } from 'fast-check'
import type { Arbitrary, StringSharedConstraints } from 'fast-check'

if (process.env['CI'] === 'true') configureGlobal({ seed: 20_261_129 })

export * from 'fast-check'

/** Any code point but halves of pairs, each as likely as the next. */
const codePoint = integer({ min: 0, max: 0x10_f7_ff }).map((n) =>
  String.fromCodePoint(n < 0xd8_00 ? n : n + 0x8_00),
)

/** As `string({ unit: 'binary' })`, which makes a table of all of Unicode first, in a second of processor time. */
export const anyText = (bounds: StringSharedConstraints = {}): Arbitrary<string> =>
  string({ ...bounds, unit: codePoint })

const segment = string({ unit: constantFrom(...Array.from("azAZ019-._~!$&'()*+,;=:@"), '%20', '%C3%A9') })

/** As `webUrl`, which makes that table too. */
export const anyUrl = (): Arbitrary<string> =>
  tuple(
    constantFrom('http', 'https'),
    domain(),
    array(segment, { maxLength: 4 }),
    constantFrom('', '?'),
    segment,
    constantFrom('', '#'),
    segment,
  ).map(
    ([scheme, host, path, ask, query, hash, fragment]) =>
      `${scheme}://${host}${path.map((one) => `/${one}`).join('')}${ask && ask + query}${hash && hash + fragment}`,
  )
