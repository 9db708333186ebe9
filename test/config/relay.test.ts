import { describe, expect, test } from 'vitest'
import { ruleHash } from '../../src/config/for-rooms.ts'
import { accepted, briefs } from './support.ts'

const of = (entry: string): string => `version: 1\nservers: { a: { command: x${entry} } }\n`

describe('what a server offers beside tools, and what it may ask', () => {
  test('nothing written: all prompts and resources, questions and roots, no sampling, no apps', async () => {
    const [server] = (await accepted(of(''))).servers
    expect(server).toMatchObject({ sampling: 'off', elicitation: 'allow', roots: 'allow', apps: false })
    expect(server?.prompts).toBeUndefined()
    expect(server?.resources).toBeUndefined()
  })

  test('what is written', async () => {
    const rules =
      ', prompts: { allow: [a], confirm: [b], block: [c] }, resources: { block: ["file:///etc/*"] }, sampling: confirm, elicitation: off, roots: off, apps: true'
    const [server] = (await accepted(of(rules))).servers
    expect(server).toMatchObject({
      prompts: { allow: ['a'], confirm: ['b'], block: ['c'] },
      resources: { block: ['file:///etc/*'] },
      sampling: 'confirm',
      elicitation: 'off',
      roots: 'off',
      apps: true,
    })
  })

  test('a profile narrows prompts and resources', async () => {
    const profile = 'profiles: { p: { prompts: { block: ["*"] }, resources: { allow: ["file:*"] } } }\n'
    const config = await accepted(of('') + profile, { profile: 'p' })
    expect(config.profile).toMatchObject({ prompts: { block: ['*'] }, resources: { allow: ['file:*'] } })
  })

  test.each([
    ['a word that is none', ', sampling: yes', /"sampling"|sampling/],
    ['an unknown key', ', prompts: { alow: [a] }', /unknown key "alow"/],
    ['a broken pattern', ', resources: { block: ["a{"] }', /is never closed/],
    ['no switch', ', apps: sometimes', /apps/],
  ])('%s is said', async (_what, entry, message) => {
    expect((await briefs(of(entry))).join('\n')).toMatch(message)
  })

  test('each of them is part of what remembered yeses are bound to', async () => {
    const hashOf = async (entry: string, tail = ''): Promise<string> => {
      const config = await accepted(of(entry) + tail, tail === '' ? {} : { profile: 'p' })
      const [server] = config.servers
      return server === undefined ? '' : ruleHash(server, config)
    }
    const hashes = await Promise.all([
      hashOf(''),
      hashOf(', prompts: { block: [a] }'),
      hashOf(', resources: { block: [a] }'),
      hashOf(', sampling: allow'),
      hashOf(', sampling: confirm'),
      hashOf(', elicitation: off'),
      hashOf(', roots: off'),
      hashOf(', apps: true'),
      hashOf('', 'profiles: { p: { prompts: { block: [a] } } }\n'),
      hashOf('', 'profiles: { p: { resources: { block: [a] } } }\n'),
    ])
    expect(new Set(hashes).size).toBe(hashes.length)
    expect(await hashOf(', sampling: off, apps: false')).toBe(hashes[0])
  })
})
