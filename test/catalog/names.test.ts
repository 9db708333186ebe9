import * as fc from '../random.ts'
import { describe, expect, it } from 'vitest'
import { emittedName, emittedNames, MAX_EMITTED_LENGTH } from '../../src/catalog/names.ts'

describe('an emitted name', () => {
  const cases: [string, string, string][] = [
    ['github', 'create_issue', 'github_create_issue'],
    ['a', 'b', 'a_b'],
    ['my-server', 'get-sum', 'my-server_get-sum'],
    ['github', 'repos.delete', 'github_repos_delete-#'],
    ['github', 'a__b', 'github_a_b-#'],
    ['github', '_private', 'github_private-#'],
    ['github', 'löschen', 'github_l_schen-#'],
    ['github', '删除', 'github_tool-#'],
    ['github', 'a'.repeat(100), `github_${'a'.repeat(30)}-#`],
    // A tool that says its server itself.
    ['slack', 'slack_get_users', 'slack_get_users'],
    ['hubspot', 'hubspot-list-objects', 'hubspot_list-objects'],
    ['slack', 'slack.get', 'slack_get'],
    ['slack', 'slack/get', 'slack_get'],
    ['slack', 'slackGet', 'slack_Get'],
    ['slack', 'Slack_get', 'slack_get'],
    ['brave-search', 'brave_search_web', 'brave-search_web'],
    ['git-hub', 'github_get', 'git-hub_get'],
    ['slack', 'slack', 'slack_slack'],
    ['slack', 'slack_', 'slack_slack_'],
    ['slack', 'slackbot_get', 'slack_slackbot_get'],
    ['slack', 'slack2_get', 'slack_slack2_get'],
    ['slack', 'slack__get', 'slack_get-#'],
    ['slack', `slack_${'a'.repeat(40)}`, `slack_${'a'.repeat(40)}`],
    ['a', 'a_a_a', 'a_a_a'],
  ]
  it.each(cases)('%s + %s', (server, tool, expected) => {
    const name = emittedName(server, tool)
    expect(name.replace(/-[0-9a-f]{8}$/, '-#')).toBe(expected)
  })

  const server = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,15}$/)
  const tool = fc.oneof(
    fc.anyText({ minLength: 1, maxLength: 80 }),
    fc.stringMatching(/^[A-Za-z0-9_.-]{1,60}$/),
  )

  it('is legal and short for every host', () => {
    fc.assert(
      fc.property(server, tool, (id, name) => {
        const emitted = emittedName(id, name)
        expect(emitted).toMatch(/^[A-Za-z0-9_-]+$/)
        expect(emitted).not.toContain('__')
        expect(emitted.length).toBeLessThanOrEqual(MAX_EMITTED_LENGTH)
        expect(emitted.startsWith(`${id}_`)).toBe(true)
        expect(emittedName(id, name)).toBe(emitted)
      }),
      { numRuns: 1000 },
    )
  })

  it('belongs to one server', () => {
    fc.assert(
      fc.property(server, tool, server, tool, (id1, name1, id2, name2) => {
        fc.pre(id1 !== id2)
        expect(emittedName(id1, name1)).not.toBe(emittedName(id2, name2))
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['x', 'a.b', 'x', 'a_b'],
    ['x', 'a b', 'x', 'a_b'],
    ['a', 'b_c', 'a-b', 'c'],
    ['a', 'a-b_c', 'a-b', 'c'],
    ['a', 'a-b', 'a-b', 'a-b'],
    ['a-b', 'a_b_c', 'a', 'b_c'],
    ['x', `${'a'.repeat(60)}1`, 'x', `${'a'.repeat(60)}2`],
    ['x', 'A', 'x', 'a'],
  ])('%s/%s and %s/%s differ', (id1, name1, id2, name2) => {
    expect(emittedName(id1, name1)).not.toBe(emittedName(id2, name2))
  })
})

describe('the names of one server’s tools', () => {
  const hashed = (names: ReadonlyMap<string, string>): Record<string, string> =>
    Object.fromEntries([...names].map(([own, name]) => [own, name.replace(/-[0-9a-f]{8}$/, '-#')]))

  it('belong to one each: to the one that is called so, else to the one that says the server less', () => {
    const sayings = ['get', 'slack-get', 'slack.get', 'slack_get', 'Slack_get']
    expect(hashed(emittedNames('slack', ['x', 'slack_x']))).toEqual({ x: 'slack_x-#', slack_x: 'slack_x' })
    expect(hashed(emittedNames('slack', sayings))).toEqual({
      get: 'slack_get-#',
      'slack-get': 'slack_get-#',
      'slack.get': 'slack_get-#',
      slack_get: 'slack_get',
      Slack_get: 'slack_get-#',
    })
    expect(emittedNames('slack', ['slack.get', 'get', 'slack-get']).get('get')).toBe('slack_get')
  })

  const own = fc.oneof(
    fc.constantFrom(
      'x',
      'a_x',
      'a-x',
      'a.x',
      'a_a_x',
      'aX',
      'A_x',
      'a',
      'a_',
      'x.y',
      'a_x.y',
      'a-b_x',
      'b_x',
    ),
    fc.stringMatching(/^(a[-_.])?[A-Za-z0-9_.-]{1,50}$/),
  )
  it('are the same in any order, and differ', () => {
    fc.assert(
      fc.property(fc.uniqueArray(own, { maxLength: 12 }), fc.constantFrom('a', 'a-b', 'b'), (all, id) => {
        const names = emittedNames(id, all)
        expect(new Set(names.values()).size).toBe(all.length)
        expect(emittedNames(id, all.toReversed())).toEqual(new Map(names))
        for (const name of names.values()) expect(name).toMatch(/^[a-z-]+_(?!_)(?!.*__)[A-Za-z0-9_-]+$/)
      }),
      { numRuns: 1000 },
    )
  })
})
