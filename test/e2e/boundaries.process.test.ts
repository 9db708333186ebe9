/** Promise 4, boundaries, with the published filesystem server, real links and a real command line. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { runHere } from './run-here.ts'
import { HOSTS_HERE, host1Here } from './serve-here.ts'
import { APPROVE, executions, place, textOf, toolbox, yamlOf, type Place } from './support.ts'

const FILESYSTEM = join(
  createRequire(import.meta.url).resolve('@modelcontextprotocol/server-filesystem/package.json'),
  '../dist/index.js',
)

function files(): Place {
  const { dir } = place('')
  for (const folder of ['notes', 'secrets', 'other']) mkdirSync(join(dir, folder))
  writeFileSync(join(dir, 'secrets/key'), 'the key')
  symlinkSync(join(dir, 'other'), join(dir, 'notes/out'))
  symlinkSync(join(dir, 'secrets'), join(dir, 'other/alias'))
  const tools = {
    allow: ['read_*', { tool: 'write_file', where: { path: 'notes/**' } }],
    block: [{ tool: '*', where: { path: { path: 'secrets/**', optional: true } } }],
  }
  const fs = { command: process.execPath, args: [FILESYSTEM, dir], cwd: dir, tools }
  return { ...place(yamlOf({ version: 1, servers: { fs } })), dir }
}

// Of each SDK, and in each era.
describe.each(HOSTS_HERE.filter(([name]) => !name.includes('2025-11-25')))('%s', (_name, connect) => {
  it('writes below the folder of the rule unasked, and asks about what leads out', async () => {
    const where = files()
    const asked: string[] = []
    const host = await connect(where, {
      elicit: (message) => {
        asked.push(message.split('\n')[0] ?? '')
        return { action: 'decline' }
      },
    })
    const write = async (path: string): Promise<Record<string, unknown>> =>
      host.call('fs_write_file', { path, content: 'x' })
    expect((await write(join(where.dir, 'notes/a.md')))['isError']).not.toBe(true)
    expect((await write('notes/b.md'))['isError']).not.toBe(true)
    expect(asked).toEqual([])
    expect(readFileSync(join(where.dir, 'notes/b.md'), 'utf8')).toBe('x')
    await write('notes/out/x')
    expect(asked).toHaveLength(1)
    expect(existsSync(join(where.dir, 'other/x'))).toBe(false)
  })
})

test('refuses what a rule blocks, through a link too, and tells the model which rule', async () => {
  const where = files()
  const host = await host1Here(where, { elicit: () => APPROVE })
  for (const path of ['secrets/key', 'other/alias/key', join(where.dir, 'notes/../secrets/key')]) {
    const result = await host.call('fs_read_text_file', { path })
    expect(textOf(result)).toContain(
      'a rule of servers.yaml blocks the call with these arguments (tools.block: * where',
    )
    expect(textOf(result)).not.toContain('the key')
  }
})

const SET = { delete_thing: { id: 'this one' } }

test('fixes an argument: not shown, put in, not to be changed, and in the question', async () => {
  const where = place('')
  const log = join(where.out, 'executions.jsonl')
  const tools = { set: SET }
  const yaml = `version: 1\ndefaults: { listWait: 50s }\nservers:\n  box: ${toolbox({ tools, env: { TOOLBOX_LOG: log } })}\n`
  const asked: string[] = []
  const host = await host1Here(place(yaml), {
    elicit: (message) => {
      asked.push(message)
      return APPROVE
    },
  })
  const shown = (await host.tools()).find(({ name }) => name === 'box_delete_thing')
  expect(shown).toMatchObject({ inputSchema: { properties: {} } })
  expect(JSON.stringify(shown)).not.toContain('"id"')
  expect(textOf(await host.call('box_delete_thing', {}))).toBe('deleted this one')
  expect(asked[0]?.split('\n')[0]).toBe('box: delete_thing id="this one"')
  const other = await host.call('box_delete_thing', { id: 'another' })
  expect(textOf(other)).toContain('the argument "id" is fixed in servers.yaml (tools.set)')
  expect(executions(log).map(({ args }) => args)).toEqual([{ id: 'this one' }])
})

test('explains a call, replays one, and names what is fixed', async () => {
  const tools = {
    allow: ['*', { tool: 'echo', where: { text: 'hello' } }],
    confirm: [{ tool: 'echo', where: { text: { text: '*secret*' } } }],
    set: SET,
  }
  const where = place(`version: 1\nservers:\n  box: ${toolbox({ tools })}\n`)
  const cli = async (...args: string[]): Promise<string> =>
    (await runHere(where, [...args, '--config', where.config])).stdout
  const verdict = async (text: string): Promise<unknown> =>
    (
      JSON.parse(
        await cli('tools', '--explain', 'box/echo', '--json', '--args', JSON.stringify({ text })),
      ) as {
        verdict: unknown
      }
    ).verdict
  expect(await verdict('a secret')).toMatchObject({
    kind: 'confirm',
    rule: 'tools.confirm: echo where { text: { text: "*secret*" } }',
  })
  expect(await verdict('hello')).toMatchObject({ kind: 'allow' })
  expect(await cli('tools', '--explain', 'box/echo')).toContain(
    'What a call may do depends on its arguments.',
  )
  expect(await cli('tools')).toContain('id is fixed: "this one"')
  writeFileSync(
    join(where.dir, 'calls.jsonl'),
    [
      '{"server":"box","tool":"echo","args":{"text":"a secret"},"verdict":"confirm"}',
      '{"server":"box","tool":"echo","args":{"text":"hello"},"verdict":"allow"}',
      '{"server":"box","tool":"delete_thing","args":{"id":"other"},"verdict":"block"}',
      '{"server":"box","tool":"echo","verdict":"allow"}',
    ].join('\n'),
  )
  const replayed = JSON.parse(
    await cli('policy', 'test', join(where.dir, 'calls.jsonl'), '--json'),
  ) as Record<string, unknown>
  expect(replayed).toMatchObject({ calls: 4, changed: 0, unjudged: 1 })
})
