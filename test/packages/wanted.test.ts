/** What of the launches by npx and uvx sidemux installs itself, and what it leaves to the launcher. */
import { expect, it } from 'vitest'
import { wantedPackage } from '../../src/packages/wanted.ts'

it.each<[line: string, found: string | undefined]>([
  ['npx -y pkg', 'npm pkg'],
  ['npx pkg@1.2.3 --flag a', 'npm pkg@1.2.3 | --flag a'],
  ['npx -y pkg@latest', 'npm pkg@latest'],
  ['npx -y pkg@', 'npm pkg'],
  ['npx -y pkg@^1.2', 'npm pkg@^1.2'],
  ['npx @scope/pkg', 'npm @scope/pkg'],
  ['npx -y @scope/pkg@2 -- --flag', 'npm @scope/pkg@2 | -- --flag'],
  ['npx -- pkg -y', 'npm pkg | -y'],
  ['npx -p pkg bin x', 'npm pkg ! bin | x'],
  ['npx --package=pkg@1 bin', 'npm pkg@1 ! bin'],
  ['npx -y -p pkg -p @scope/with@2 bin', 'npm pkg @scope/with@2 ! bin'],
  ['npx --registry https://npm.example pkg', 'npm pkg (--registry=https://npm.example)'],
  ['cmd /c npx -y pkg', 'npm pkg'],
  ['C:\\node\\npx.cmd pkg', 'npm pkg'],
  ['npm exec -y -- pkg --flag', 'npm pkg | --flag'],
  ['npm exec pkg -- --flag', 'npm pkg | --flag'],
  ['npm x pkg a', 'npm pkg | a'],
  ['npm exec --package=pkg -- bin --flag', 'npm pkg ! bin | --flag'],
  // npm itself reads that switch.
  ['npm exec pkg --flag', undefined],
  ['npx -c line', undefined],
  ['npx -p pkg -c line', undefined],
  ['npx --no pkg', undefined],
  ['npx --prefer-offline pkg', undefined],
  ['npx -w a pkg', undefined],
  ['npx -y', undefined],
  ['npx -p', undefined],
  ['npx', undefined],
  ['npx ./server', undefined],
  ['npx ../a', undefined],
  ['npx /srv/a', undefined],
  ['npx ~/a', undefined],
  ['npx file:a', undefined],
  ['npx a.tgz', undefined],
  ['npx https://x.example/a.tgz', undefined],
  ['npx owner/repository', undefined],
  ['npx github:a/b', undefined],
  ['npx git+ssh://git@x.example/a.git', undefined],
  ['npx pkg@npm:other@1', undefined],
  ['npx pkg@file:../a', undefined],
  ['npx -p pkg ../bin', undefined],
  ['bunx pkg', undefined],
  ['pnpm dlx pkg', undefined],
  ['yarn dlx pkg', undefined],
  ['npm start', undefined],
  ['node server.js', undefined],
  ['uvx mcp-server-git --repository .', 'pypi mcp-server-git ! mcp-server-git | --repository .'],
  ['uvx mcp-server-git@2025.1.14', 'pypi mcp-server-git==2025.1.14 ! mcp-server-git'],
  ['uvx mcp-server-git@latest', 'pypi mcp-server-git ! mcp-server-git'],
  ['uvx --from mcp[cli]==1.2 serve', 'pypi mcp[cli]==1.2 ! serve'],
  ['uvx --from=a>=1,<2 serve', 'pypi a>=1,<2 ! serve'],
  ['uvx pkg[extra]==1', 'pypi pkg[extra]==1 ! pkg'],
  ['uvx --python 3.12 --with b a', 'pypi a b ! a (--python=3.12)'],
  ['uvx -p 3.12 a', 'pypi a ! a (--python=3.12)'],
  ['uv tool run a', 'pypi a ! a'],
  ['uvx --from git+https://x.example/a serve', undefined],
  ['uvx --from ./a serve', undefined],
  ['uvx --with-editable . a', undefined],
  ['uvx --from a --from b serve', undefined],
  ['uv run server.py', undefined],
  ['pipx run a', undefined],
])('%s', (line, found) => {
  const [command = '', ...args] = line.split(' ')
  const wanted = wantedPackage({ command, args })
  const shown = (words: readonly string[] = [], before = ' ', after = ''): string =>
    words.length === 0 ? '' : `${before}${words.join(' ')}${after}`
  expect(
    wanted &&
      `${wanted.registry}${shown(wanted.specs)}${wanted.program === undefined ? '' : ` ! ${wanted.program}`}${shown(wanted.options, ' (', ')')}${shown(wanted.rest, ' | ')}`,
  ).toBe(found)
})
