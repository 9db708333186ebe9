/**
 * What npm publishes is all that runs. The tarball is installed as users do it, in a folder with a space in its name,
 * without a registry and without scripts, and run from there: no other package is needed. `npm run nodes` does it on
 * other versions of Node.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { place, RawHost, REPO, textOf, toolbox, yamlOf } from './support.ts'

it('is one package, that is installed globally, run by npx, and has its packages, page, thread and programs in it', async () => {
  // The pattern and the token are judged by packages that are loaded when they are needed.
  const rule = { tool: 'get_leak', where: { how: { pattern: 'te?xt' } } }
  const box = JSON.parse(toolbox()) as { args: string[] }
  const token = `--token=ghp_${'aB3'.repeat(12)}`
  const servers = { box: { ...box, args: [...box.args, token], tools: { allow: [rule, 'echo'] } } }
  const where = place(yamlOf({ version: 1, servers }))
  const run = (program: string, ...args: string[]): string =>
    execFileSync(program, args, { cwd: where.dir, env: where.env, encoding: 'utf8' })
  const tarball = `./${run('npm', 'pack', '--ignore-scripts', '--silent', REPO).trim()}`
  const alone = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--silent']
  run('npm', 'install', '--global', '--prefix', 'a place', ...alone, tarball)
  const packages = join(where.dir, 'a place/lib/node_modules')
  expect(readdirSync(packages).filter((name) => !name.startsWith('.'))).toEqual(['sidemux'])
  expect(existsSync(join(packages, 'sidemux/node_modules'))).toBe(false)

  const version = run(join(where.dir, 'a place/bin/sidemux'), '--version')
  expect(run('npm', 'exec', '--yes', ...alone, '--package', tarball, '--', 'sidemux', '--version')).toBe(
    version,
  )
  const cli = join(packages, 'sidemux/dist/cli.js')
  expect(run(process.execPath, cli, 'check')).toContain('a GitHub token stands here')
  for (const program of ['secrets/leases/clerk-main.js', 'upstream/remote/oauth/refresh-main.js'])
    expect(existsSync(join(packages, 'sidemux/dist', program)), program).toBe(true)
  const host = new RawHost(where, ['serve', '--config', where.config], {}, [cli])
  await host.initialize()
  const text = 'x'.repeat(3_000_000)
  const long = await host.request('tools/call', { name: 'box_echo', arguments: { text } })
  expect(textOf(long.result ?? {}).includes(text)).toBe(true)
})
