/** What other programs obey in a directory that a server writes to (promise 2: it runs nothing outside). */
import { expect, test } from 'vitest'
import { obeyedIn } from '../../src/confine/gifts/obeyed.ts'
import { fakeFiles } from './fake-files.ts'

const disk = fakeFiles(`
  /w/.git/hooks/pre-commit
  /w/.git/config
  /w/.git/HEAD
  /w/.vscode/tasks.json
  /w/.mcp.json
  /w/.claude/settings.json
  /w/.claude/notes.md
  /w/notes.md
  /w/node_modules/x/.vscode/tasks.json
  /w/app/.git/hooks/post-checkout
  /w/app/deep/.envrc
  /w/app/deep/deeper/.envrc
  /w/linked -> /elsewhere
  /elsewhere/.mcp.json
`)

test('is found in it and in the projects below it, and nothing else', () => {
  expect(obeyedIn('/w', disk).toSorted()).toEqual([
    '.claude/settings.json',
    '.git/config',
    '.git/hooks',
    '.mcp.json',
    '.vscode',
    'app/.git/hooks',
    'app/deep/.envrc',
  ])
})

test('is looked for at a bounded price', () => {
  let looks = 0
  const endless = {
    ...disk,
    names: () => (
      (looks += 1),
      ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't']
    ),
  }
  obeyedIn('/w', { ...endless, kind: () => 'directory', link: () => undefined })
  expect(looks).toBeLessThan(400)
})
