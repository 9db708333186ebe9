/** Which package a launcher runs, and whether its version is fixed. */
import { expect, it } from 'vitest'
import { packageRun, pinned } from '../../src/packages/package-run.ts'

it.each<[line: string, found: string | undefined]>([
  ['npx -y @scope/server-github', 'npm @scope/server-github, not fixed'],
  ['npx @scope/x@1.2.3 --flag', 'npm @scope/x, fixed'],
  ['npx -y x@latest', 'npm x, not fixed'],
  ['npx x@^1.2.0', 'npm x, not fixed'],
  ['npx x@1', 'npm x, not fixed'],
  ['npx --package=x@1.2.3 bin', 'npm x, fixed'],
  ['npx --package x bin', 'npm x, not fixed'],
  ['npx --registry https://evil.example x', 'npm x, not fixed'],
  ['/usr/bin/npx x', 'npm x, not fixed'],
  ['C:\\node\\npx.cmd x', 'npm x, not fixed'],
  ['cmd /c npx -y x', 'npm x, not fixed'],
  ['npm exec x', 'npm x, not fixed'],
  ['pnpm dlx x@1.0.0', 'npm x, fixed'],
  ['bunx x', 'npm x, not fixed'],
  ['npx github:a/b', 'npm github:a/b, not fixed'],
  [
    'npx github:a/b#0123456789012345678901234567890123456789',
    'npm github:a/b#0123456789012345678901234567890123456789, fixed',
  ],
  ['npx ./server', undefined],
  ['npx ${env:PKG}', undefined],
  ['npx', undefined],
  ['npm start', undefined],
  ['node server.js', undefined],
  ['uvx mcp-server-git', 'pypi mcp-server-git, not fixed'],
  ['uvx mcp-server-git@2025.1.14', 'pypi mcp-server-git, fixed'],
  ['uvx mcp-server-git@latest', 'pypi mcp-server-git, not fixed'],
  ['uvx --from mcp-server-git==1.0 serve', 'pypi mcp-server-git, fixed'],
  ['uvx --from mcp[cli]==1.* serve', 'pypi mcp[cli], not fixed'],
  ['uvx --python 3.12 --with a b', 'pypi b, not fixed'],
  ['uvx --from git+https://github.com/a/b serve', 'pypi git+https://github.com/a/b, not fixed'],
  ['uv tool run x', 'pypi x, not fixed'],
  ['uv run server.py', undefined],
  ['pipx run x==1.0', 'pypi x, fixed'],
])('%s', (line, found) => {
  const [command = '', ...args] = line.split(' ')
  const run = packageRun({ command, args })
  expect(run && `${run.registry} ${run.name}, ${run.fixed ? 'fixed' : 'not fixed'}`).toBe(found)
})

it.each([
  ['npx x', 'x@1.2.3'],
  ['uvx x', 'x@1.2.3'],
  ['pipx run x', 'x==1.2.3'],
])('%s is fixed by %s', (line, fixed) => {
  const [command = '', ...args] = line.split(' ')
  const run = packageRun({ command, args })
  expect(run && pinned(run, '1.2.3')).toBe(fixed)
})
