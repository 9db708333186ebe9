/** The host as one server may see it, and what is written down of its questions. */
import { describe, expect, it } from 'vitest'
import { Relay, type RelayDeps } from '../../src/relay/relay.ts'
import { relayRules } from '../../src/relay/options.ts'

const form = {
  method: 'elicitation/create',
  params: {
    mode: 'form',
    message: 'Which city?',
    requestedSchema: { type: 'object', properties: { city: { type: 'string' } } },
  },
}
const { signal } = new AbortController()

function relay(over: Partial<RelayDeps> = {}) {
  const written: unknown[] = []
  const asked: unknown[] = []
  const made = new Relay({
    mask: (_server, value) => value,
    foreignSecrets: () => [],
    confirm: async () => true,
    record: async (facts) => void written.push(facts['outcome']),
    note: (facts) => void written.push(facts['outcome']),
    ...over,
  })
  const ask = async (question: unknown) => {
    asked.push(question)
    written.push('at the host')
    return { action: 'accept', content: { city: 'Bern' } }
  }
  const host = { capabilities: { elicitation: {}, sampling: {} }, ask }
  const caller = made.caller(host, { server: 'box', rules: relayRules({ sampling: 'confirm' }), call: 'c1' })
  return { caller, written, asked }
}

describe('a question is written down before it is asked (promise 6)', () => {
  it('and then what became of it', async () => {
    const { caller, written } = relay()
    expect(await caller.ask?.(form, signal)).toEqual({ action: 'accept', content: { city: 'Bern' } })
    expect(written).toEqual(['asked', 'at the host', 'accept'])
  })

  it.each(['ask', 'prepare'] as const)('or it is not asked: %s (promise 1)', async (way) => {
    const { caller, asked } = relay({ record: async () => Promise.reject(new Error('ENOSPC')) })
    const refused =
      way === 'ask'
        ? await caller.ask?.(form, signal).catch((error: unknown) => String(error))
        : JSON.stringify(await caller.prepare?.(form, signal))
    expect(refused).toContain('audit log can not be written')
    expect(refused).not.toContain('ENOSPC')
    expect(asked).toEqual([])
  })

  it('not even to the host’s model, when a human says no', async () => {
    const { caller, asked, written } = relay({ confirm: async () => false })
    const params = { messages: [{ role: 'user', content: { type: 'text', text: 'x' } }], maxTokens: 5 }
    await expect(caller.ask?.({ method: 'sampling/createMessage', params }, signal)).rejects.toThrow(
      'nobody said yes',
    )
    expect(asked).toEqual([])
    expect(written).toEqual(['denied'])
  })

  it.each(['confirm', 'record'] as const)(
    'nor when it is withdrawn in the same moment as %s is done, and both are written down',
    async (step) => {
      const host = new AbortController()
      const lines: unknown[] = []
      const withdraw = () => host.abort()
      const { caller, asked } = relay({
        confirm: async () => {
          if (step === 'confirm') withdraw()
          return true
        },
        record: async (facts) => {
          lines.push(facts['outcome'])
          if (step === 'record') withdraw()
        },
        note: (facts) => void lines.push(facts['outcome']),
      })
      const params = { messages: [{ role: 'user', content: { type: 'text', text: 'x' } }], maxTokens: 5 }
      await expect(caller.ask?.({ method: 'sampling/createMessage', params }, host.signal)).rejects.toThrow(
        'withdrawn before it was asked',
      )
      expect(asked).toEqual([])
      expect(lines).toEqual(['asked', 'failed'])
    },
  )

  it('nor when no human could be asked, and nothing of why reaches the server', async () => {
    const { caller, asked, written } = relay({ confirm: async () => Promise.reject(new Error('ENOSPC')) })
    const params = { messages: [{ role: 'user', content: { type: 'text', text: 'x' } }], maxTokens: 5 }
    expect(await caller.prepare?.({ method: 'sampling/createMessage', params }, signal)).toEqual({
      kind: 'refuse',
      code: -32000,
      reason: 'nobody could be asked for a yes to it',
    })
    expect(asked).toEqual([])
    expect(written).toEqual(['denied'])
  })
})
