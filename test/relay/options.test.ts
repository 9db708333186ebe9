import { expect, it } from 'vitest'
import { relayRules, unusual } from '../../src/relay/options.ts'

it('has defaults that spend nothing and show no foreign page', () => {
  expect(relayRules({})).toEqual({ sampling: 'off', elicitation: 'allow', roots: 'allow', apps: false })
  expect(unusual(relayRules({}))).toEqual({})
})

it('takes what is written', () => {
  const rules = relayRules({ sampling: 'confirm', elicitation: 'off', roots: 'off', apps: true })
  expect(unusual(rules)).toEqual({ sampling: 'confirm', elicitation: 'off', roots: 'off', apps: true })
})
