/**
 * What names resolve to while a file runs: the built-in look-up is exchanged, and put back after the last test. Only who
 * asks for all addresses of a name, as src/net does, is answered here; Node itself asks for one.
 */
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { afterAll, beforeAll } from 'vitest'

export interface Address {
  readonly address: string
  readonly family: number
}

type Done = (error: Error | null, found: Address[]) => void

/** `answerTo` gives the addresses of a name; undefined: there is no such name. */
export function resolveNamesBy(answerTo: (name: string) => Address[] | undefined): void {
  const { lookup } = dns
  const exchange = (by: unknown): void => {
    Object.assign(dns, { lookup: by })
    syncBuiltinESMExports()
  }
  beforeAll(() =>
    exchange((...asked: [string, { all?: boolean }, Done]) => {
      const [name, options, done] = asked
      if (options.all !== true) return Reflect.apply(lookup, dns, asked as never) as unknown
      const answer = answerTo(name)
      return setImmediate(() =>
        answer === undefined
          ? done(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), [])
          : done(null, answer),
      )
    }),
  )
  afterAll(() => exchange(lookup))
}
