/** What users write as a command works confined as it does without (issue: it must simply work), in real sandboxes. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { host1, place, shared, textOf, yamlOf } from '../e2e/support.ts'
import { needs } from '../servers/needs.mjs'

const SERVERS = resolve(import.meta.dirname, '../servers')

/** A package in a folder: its program, and the library beside it. */
function packageIn(folder: string): string {
  mkdirSync(folder, { recursive: true })
  for (const file of ['around.mjs', 'light.mjs']) copyFileSync(join(SERVERS, file), join(folder, file))
  const manifest = { name: 'around', version: '1.0.0', type: 'module', bin: { around: 'around.mjs' } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  return folder
}

const running = shared(async () => {
  const where = place('')
  const home = join(where.dir, 'a home')
  const [prefix, project] = [join(home, '.npm-prefix'), join(where.dir, 'my project')]
  packageIn(join(prefix, 'lib/node_modules/around'))
  mkdirSync(join(prefix, 'bin'))
  symlinkSync('../lib/node_modules/around/around.mjs', join(prefix, 'bin/around'))
  packageIn(join(home, 'code/node_modules/around'))
  mkdirSync(join(home, 'code/packages/one'), { recursive: true })
  writeFileSync(join(home, 'code/packages/one/package.json'), '{"type":"module"}')
  writeFileSync(join(home, 'code/packages/one/main.js'), "import 'around/around.mjs'\n")
  packageIn(join(home, 'loose'))
  const venv = join(home, 'venv')
  execFileSync('python3', ['-m', 'venv', '--without-pip', venv])
  copyFileSync(join(SERVERS, 'plain.py'), join(home, 'loose/plain.py'))
  const packed = packageIn(join(where.dir, 'packed/package'))
  execFileSync('tar', ['-czf', join(where.dir, 'around.tgz'), '-C', join(packed, '..'), 'package'])
  mkdirSync(project)
  const entry = (command: string, args: readonly string[] = [], more: object = {}) => ({
    command,
    args,
    cwd: './my project',
    sandbox: 'required',
    tools: { allow: ['*'] },
    ...more,
  })
  const servers = {
    npx: entry('npx', ['-y', `--package=${join(where.dir, 'around.tgz')}`, 'around']),
    global: entry(join(prefix, 'bin/around')),
    path: entry('around', [], { env: { PATH: `${join(prefix, 'bin')}:${where.env['PATH']}` } }),
    hoisted: entry('node', [join(home, 'code/packages/one/main.js')]),
    loose: entry('node', ['--enable-source-maps', '../a home/loose/around.mjs']),
    line: entry('sh', ['-c', `cd / && exec node "${home}/loose/around.mjs"`]),
    venv: entry(join(venv, 'bin/python'), ['-u', join(home, 'loose/plain.py')]),
    python: entry('python3', [join(home, 'loose/plain.py')]),
  }
  writeFileSync(where.config, yamlOf({ version: 1, servers, defaults: { listWait: '50s' } }))
  const host = await host1({
    ...where,
    env: { ...where.env, HOME: home, TZ: 'Asia/Tokyo', TMPDIR: where.out },
  })
  return { where, home, project, host }
})

describe.runIf(needs('bwrap', 'python3', 'npx', 'tar'))('a confined server', () => {
  test.each(['npx', 'global', 'path', 'hoisted', 'loose', 'line', 'venv', 'python'])(
    'that is started by %s finds all that it needs',
    async (name) => {
      const { host, home, project, where } = await running()
      const facts = JSON.parse(textOf(await host.call(`${name}_get_facts`, {}))) as Record<string, unknown>
      expect(facts).toMatchObject({
        user: userInfo().username,
        home,
        cwd: name === 'line' ? '/' : project,
        certificates: true,
      })
      expect(['Asia/Tokyo', 'JST']).toContain(facts['zone'])
      if (name === 'venv') expect(facts['venv']).toBe(true)
      expect([existsSync(join(home, 'kept')), existsSync(join(where.out, 'around-'))]).toEqual([false, false])
    },
  )
})
