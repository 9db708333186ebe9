import { isSpecType } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import { leftOut } from '../../src/catalog/edit.ts'
import { selectPrompt } from '../../src/catalog/offers/prompts.ts'
import type { CatalogServer } from '../../src/catalog/offers/select.ts'
import { canonicalHash } from '../../src/json/canonical.ts'
import type { Prompt } from '../../src/upstream/messages/offer.ts'

const server: CatalogServer = { id: 'box', launchHash: 'l', rules: {} }
const review: Prompt = {
  name: 'code.review',
  title: 'Review',
  description: 'Reviews code.',
  arguments: [{ name: 'code', required: true, 'x-more': 1 }],
  icons: [{ src: 'https://example.test/i.png' }, { src: 'javascript:alert(1)' }],
  _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'github' }, 'example.com/kept': 1 },
  'x-unknown': [1],
}

describe('a prompt as the host sees it', () => {
  it('has our name for it, and what crosses of the rest', () => {
    const { target, listed, notes } = selectPrompt(server, review)
    expect(target).toEqual({
      kind: 'prompt',
      server: 'box',
      name: 'code.review',
      emitted: expect.stringMatching(/^box_code_review-[0-9a-f]{8}$/),
      definition: review,
      verdict: expect.objectContaining({ kind: 'allow', risk: 'read' }),
      hash: canonicalHash({ prompt: review }),
      launchHash: 'l',
      changes: [],
    })
    expect(listed).toEqual({
      name: target.emitted,
      title: 'Review',
      description: 'Reviews code.',
      arguments: [{ name: 'code', required: true, 'x-more': 1 }],
      icons: [{ src: 'https://example.test/i.png' }],
      _meta: { 'example.com/kept': 1 },
      'x-unknown': [1],
    })
    expect(isSpecType.Prompt(listed)).toBe(true)
    expect(notes).toEqual([])
  })

  it.each<[string, Partial<CatalogServer>, string, boolean]>([
    ['allowed', { prompts: { allow: ['code*'] } }, 'allow', true],
    ['to be confirmed', { prompts: { confirm: ['code*'] } }, 'confirm', true],
    ['blocked', { prompts: { block: ['code*'] } }, 'block', false],
    ['hidden', { prompts: { allow: ['other'] } }, 'hidden', false],
    ['blocked by the profile', { narrowed: { prompts: { block: ['*'] } } }, 'block', false],
    ['not spoken of by the rules for tools', { rules: { block: ['*'] } }, 'allow', true],
  ])('%s (promise 7)', (_what, rules, kind, isListed) => {
    const { target, listed } = selectPrompt({ ...server, ...rules }, review)
    expect(target.verdict.kind).toBe(kind)
    expect(listed !== undefined).toBe(isListed)
  })

  it.each<[string, Prompt, string]>([
    ['no canonical form', { name: 'x', description: '\uD800' }, 'its definition has no canonical form'],
    ['arguments that are none', { name: 'x', arguments: [{ title: 1 }] }, 'its definition is not one of MCP'],
  ])('is left out with %s', (_what, prompt, why) => {
    const { listed, edits } = selectPrompt(server, prompt)
    expect(listed).toBeUndefined()
    expect(edits).toEqual([leftOut(why)])
  })
})
