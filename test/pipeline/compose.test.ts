import { describe, expect, it } from 'vitest'
import type { Call, Outcome, Stage } from '../../src/pipeline/call.ts'
import { compose } from '../../src/pipeline/compose.ts'

const call: Call = {
  id: '1',
  name: 'x',
  args: {},
  signal: new AbortController().signal,
  asker: { kind: 'none', why: '' },
  caller: { capabilities: {} },
  kind: 'tool',
}
const done: Outcome = { kind: 'result', result: {} }
const last: Stage = async () => done

describe('compose', () => {
  it('walks the stages inwards and back', async () => {
    const seen: string[] = []
    const stage =
      (name: string): Stage =>
      async (given, next) => {
        seen.push(`${name} in`)
        const outcome = await next(given)
        seen.push(`${name} out`)
        return outcome
      }
    expect(await compose([stage('a'), stage('b'), last])(call)).toBe(done)
    expect(seen).toEqual(['a in', 'b in', 'b out', 'a out'])
  })

  it('runs nothing behind a stage that answers itself', async () => {
    let ran = false
    const blocked: Outcome = { kind: 'blocked', by: 'policy', reason: '', hint: '' }
    const inner: Stage = async () => {
      ran = true
      return done
    }
    expect(await compose([async () => blocked, inner])(call)).toBe(blocked)
    expect(ran).toBe(false)
  })

  it('refuses a second next, so that one yes runs once (promise 4)', async () => {
    let runs = 0
    const twice: Stage = async (given, next) => {
      await next(given)
      return next(given)
    }
    const inner: Stage = async () => {
      runs += 1
      return done
    }
    await expect(compose([twice, inner])(call)).rejects.toThrow('called next twice')
    expect(runs).toBe(1)
  })
})
