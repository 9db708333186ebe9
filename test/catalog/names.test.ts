import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emittedName, MAX_EMITTED_LENGTH } from '../../src/catalog/names.ts'

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
  ]
  it.each(cases)('%s + %s', (server, tool, expected) => {
    const name = emittedName(server, tool)
    expect(name.replace(/-[0-9a-f]{8}$/, '-#')).toBe(expected)
  })

  const server = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,15}$/)
  const tool = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }),
    fc.stringMatching(/^[A-Za-z0-9_.-]{1,60}$/),
  )

  it('is legal and short for every host (hosts.md 0.3 to 0.5)', () => {
    fc.assert(
      fc.property(server, tool, (id, name) => {
        const emitted = emittedName(id, name)
        expect(emitted).toMatch(/^[A-Za-z0-9_-]+$/)
        expect(emitted).not.toContain('__')
        expect(emitted.length).toBeLessThanOrEqual(MAX_EMITTED_LENGTH)
        expect(emitted.startsWith(`${id}_`)).toBe(true)
        expect(emittedName(id, name)).toBe(emitted)
      }),
      { numRuns: 2000 },
    )
  })

  it('belongs to one server and one tool', () => {
    fc.assert(
      fc.property(server, tool, server, tool, (id1, name1, id2, name2) => {
        fc.pre(id1 !== id2 || name1 !== name2)
        expect(emittedName(id1, name1)).not.toBe(emittedName(id2, name2))
      }),
      { numRuns: 5000 },
    )
  })

  it.each([
    ['x', 'a.b', 'x', 'a_b'],
    ['x', 'a b', 'x', 'a_b'],
    ['a', 'b_c', 'a-b', 'c'],
    ['x', `${'a'.repeat(60)}1`, 'x', `${'a'.repeat(60)}2`],
    ['x', 'A', 'x', 'a'],
  ])('%s/%s and %s/%s differ', (id1, name1, id2, name2) => {
    expect(emittedName(id1, name1)).not.toBe(emittedName(id2, name2))
  })
})
