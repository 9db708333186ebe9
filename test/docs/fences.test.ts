/** Every piece of servers.yaml in README.md and docs/ is one that sidemux takes, and says nothing against. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { documents, read } from './repository.ts'

interface Piece {
  readonly where: string
  readonly text: string
}

function piecesOf(document: string): Piece[] {
  const page = read(document)
  return [...page.matchAll(/^```yaml\n([^]*?)^```$/gmu)].map(({ 1: text = '', index }) => ({
    where: `${document}:${page.slice(0, index).split('\n').length}`,
    text,
  }))
}

/** The whole file that a piece stands for: a piece of an entry is one of a local server. */
function whole(text: string): string {
  const keys = new Set([...text.matchAll(/^(\w+):/gmu)].map(([, key]) => key))
  if (keys.has('tools'))
    return `version: 1\nservers:\n  some:\n    command: node\n${text.replaceAll(/^/gmu, '    ')}`
  return (keys.has('version') ? '' : 'version: 1\n') + text + (keys.has('servers') ? '' : '\nservers: {}\n')
}

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'sidemux-fences-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

async function problemsOf(text: string): Promise<unknown> {
  const path = join(dir, 'servers.yaml')
  writeFileSync(path, text)
  return (await loadConfig({ path, env: {}, cwd: dir })).problems
}

it.each(documents().flatMap(piecesOf))('takes what stands in $where', async ({ text }) => {
  expect(await problemsOf(whole(text))).toEqual([])
})

describe('docs/secrets.md', () => {
  const page = read('docs/secrets.md')
  const sections = new Map(
    page
      .slice(page.indexOf('\n## Stores\n'))
      .split(/^### /mu)
      .slice(1)
      .map((section) => [section.split('\n')[0] ?? '', section]),
  )
  const stores = read('docs/configuration.md').split('<!-- table stores -->')[1] ?? ''

  it('has one section a store', () => {
    const kinds = [...stores.matchAll(/^### (\S+)$/gmu)].map(([, kind]) => kind)
    expect(kinds.length).toBeGreaterThan(15)
    expect(new Set(sections.keys())).toEqual(new Set(kinds))
  })

  it.each([...sections])('shows how %s is declared', async (kind, section) => {
    const short = /^`(\{ type: [^\n]*? \})` ·/mu.exec(section)?.[1]
    const text =
      short === undefined
        ? whole(/```yaml\n([^]*?)```/u.exec(section)?.[1] ?? '')
        : `version: 1\nsecrets: { some: ${short} }\nservers: {}\n`
    expect(text).toContain(`type: ${kind}`)
    expect(await problemsOf(text)).toEqual([])
  })
})
