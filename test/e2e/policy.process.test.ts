/** What people ask the policy from the terminal: why a tool has its verdict, and what another config would change. */
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { GrantBook } from '../../src/approval/grants/grant-book.ts'
import { offerFor } from '../../src/approval/grants/grant-offer.ts'
import { runHere } from './run-here.ts'
import { host1Here, host2Here } from './serve-here.ts'
import { APPROVE, executions, place, run, toolbox, type Place } from './support.ts'

const config = (tools: unknown, more = ''): string =>
  `version: 1\n${more}servers:\n  box: ${toolbox({ tools, env: { TOOLBOX_LOG: 'out/executed.jsonl' } })}\n`

interface Explained {
  verdict: { kind: string; rule: string }
  voices: { kind: string; rule: string; decides: boolean }[]
  risk: { class: string; suspect?: { word: string }; disbelieved: string[] }
  changes: string[]
  binds: Record<'launch' | 'definition' | 'config' | 'args', string>
  offer?: { argumentNames: string[]; maxUses?: number }
  grants: { grant: { id: string }; used: boolean; why?: string }[]
}

async function explained(where: Place, tool: string, args?: unknown): Promise<Explained> {
  const given = args === undefined ? [] : ['--args', JSON.stringify(args)]
  const { stdout } = await runHere(where, [
    'tools',
    '--config',
    where.config,
    '--explain',
    tool,
    '--json',
    ...given,
  ])
  return JSON.parse(stdout) as Explained
}

interface Replayed {
  calls: number
  changed: number
  unjudged: number
  bad: number
  more: number
  rows: {
    line: number
    times: number
    call: string
    before: string | null
    now: string
    rule: string
    reason: string
  }[]
}

async function replayed(
  where: Place,
  file: string,
  ...options: string[]
): Promise<Replayed & { code: number | null; stderr: string }> {
  const { code, stdout, stderr } = await runHere(where, [
    'policy',
    'test',
    file,
    '--config',
    where.config,
    '--json',
    ...options,
  ])
  return { ...(JSON.parse(stdout) as Replayed), code, stderr }
}

test('explains a verdict: the rules, the word, the claim, what a yes binds', async () => {
  const where = place(config({ confirm: ['del*'] }))
  const { code, stdout, stderr } = await runHere(where, [
    'tools',
    '--config',
    where.config,
    '--explain',
    'box/save_thing',
  ])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^box\/save_thing, for the host box_save_thing: confirm \(write\)/)
  expect(stdout).toMatch(
    /\* confirm +risk +It changes something: it says "save" although its server says read-only/,
  )
  expect(stdout).toContain('not believed: readOnlyHint: true, because its name or an argument says "save"')
  expect(stdout).toContain('no grant is remembered for this tool')
  const found = await explained(where, 'box/delete_thing', { path: 'a' })
  expect(found.voices.map(({ rule, decides }) => [rule, decides])).toEqual([
    ['tools.confirm: del*', true],
    ['risk', false],
  ])
  expect(found.binds.args).toMatch(/^[0-9a-f]{64}$/)
  expect(found.offer).toMatchObject({ argumentNames: ['path'], maxUses: 20 })
  expect(executions(join(where.out, 'executed.jsonl'))).toEqual([])
})

test.each([
  [['--explain', 'box'], 2, /SERVER\/TOOL/],
  [['--explain', 'box/nope'], 2, /box has no tool "nope"/],
  [['--explain', 'nope/x'], 2, /there is no server "nope"/],
  [['--explain', 'box/echo', '--args', '[]'], 2, /--args is not a JSON object/],
  [['--explain', 'box/echo', '--args', '{"a":"\\ud800"}'], 2, /not well-formed/],
  [['--explain', 'box/echo', '--suggest'], 2, /stands alone/],
  [['--args', '{}'], 2, /belongs to --explain/],
] as const)('tools %j is refused with a next step', async (options, code, message) => {
  const where = place(config({}))
  const result = await runHere(where, ['tools', '--config', where.config, ...options])
  expect(result.code).toBe(code)
  expect(result.stderr).toMatch(message)
  expect(result.stderr).toMatch(/hint: /)
  expect(result.stdout).toBe('')
})

test('names the grant that would be used, and why another does not cover the call', async () => {
  const where = place(config({}))
  const { binds } = await explained(where, 'box/delete_thing', {})
  const book = new GrantBook({
    stateDir: where.state,
    configFile: where.config,
    now: Date.now,
    onError: (error) => {
      throw error
    },
  })
  // The hash of the rules is the composition's own; a grant made under another one shows as void.
  const { rulesHash } = await import('../../src/policy/rules-hash.ts')
  const { loadConfig } = await import('../../src/config/load.ts')
  const loaded = await loadConfig({ path: where.config, env: {}, cwd: where.dir })
  const subject = {
    server: 'box',
    tool: 'delete_thing',
    launchHash: binds.launch,
    toolHash: binds.definition,
    ruleHash: rulesHash({}, undefined, loaded.config?.environment ?? ''),
  }
  const remember = (args: Record<string, unknown>, ruleHash = subject.ruleHash): string => {
    const offer = offerFor('destructive', args, false)
    if (offer === undefined) throw new Error('nothing was offered')
    const call = { args, shown: args, offer }
    return book.remember({ ...subject, ruleHash }, call, { fixed: Object.keys(args), uses: 2, ms: 60_000 }).id
  }
  const [a, b, old] = [
    remember({ path: 'a' }),
    remember({ path: 'b' }),
    remember({ path: 'a' }, 'f'.repeat(64)),
  ]
  const { grants } = await explained(where, 'box/delete_thing', { path: 'a' })
  expect(Object.fromEntries(grants.map(({ grant, used, why }) => [grant.id, [used, why]]))).toEqual({
    [a]: [true, undefined],
    [b]: [false, 'the argument "path" is fixed to another value'],
    [old]: [false, 'rules, profile or environment changed'],
  })
  const text = await runHere(where, [
    'tools',
    '--config',
    where.config,
    '--explain',
    'box/delete_thing',
    '--args',
    '{"path":"a"}',
  ])
  expect(text.stdout).toContain('WOULD BE USED: nobody is asked')
  expect(book.list()).toHaveLength(3)
  writeFileSync(join(where.dir, 'calls.jsonl'), '{"name":"box_delete_thing","args":{"path":"a"}}\n')
  expect((await replayed(where, 'calls.jsonl')).rows[0]?.reason).toContain(`Grant ${a} covers`)
})

test('replays the audit log of a real run against a stricter config, and starts nothing', async () => {
  const where = place(config({}))
  const host = await host1Here(where, { elicit: () => APPROVE })
  await host.call('box_echo', { text: 'hi' })
  await host.call('box_echo', { text: 'again' })
  await host.call('box_delete_thing', { path: 'x' })
  await host.call('box_nope').catch(() => undefined)
  await host.close()
  const segment = readdirSync(join(where.state, 'audit')).find((name) => name.endsWith('.jsonl')) ?? ''
  const log = join(where.state, 'audit', segment)

  const same = await replayed(where, log)
  expect(same).toMatchObject({ code: 0, calls: 4, changed: 0, unjudged: 0, bad: 0, rows: [] })

  writeFileSync(where.config, config({ confirm: ['echo'], block: ['delete_*'] }))
  const stricter = await replayed(where, log)
  expect(stricter).toMatchObject({ code: 1, calls: 4, changed: 3 })
  expect(stricter.rows.map(({ times, call, before, now, rule }) => [times, call, before, now, rule])).toEqual(
    [
      [2, 'box/echo', 'allow', 'confirm', 'tools.confirm: echo'],
      [1, 'box/delete_thing', 'confirm', 'block', 'tools.block: delete_*'],
    ],
  )
  const { stdout, code } = await runHere(where, ['policy', 'test', log, '--config', where.config])
  expect(code).toBe(1)
  expect(stdout).toMatch(/2 +box\/echo +allow +confirm +tools\.confirm: echo +A rule wants/)
  expect(stdout).toMatch(/4 calls, 3 would change\n$/)
  expect(
    executions(join(where.out, 'executed.jsonl')).filter(({ name }) => name === 'delete_thing'),
  ).toHaveLength(1)
})

test('a list of calls: expectations, what was never seen, and lines that are none', async () => {
  const where = place(config({ block: ['plain'] }))
  await runHere(where, ['tools', '--config', where.config])
  const lines = [
    '{"server":"box","tool":"delete_thing","args":{"path":"a"},"verdict":"confirm"}',
    '{"name":"box_plain","verdict":"block"}',
    '',
    '{"name":"box_echo"}',
    '{"name":"box_echo","verdict":"block"}',
    '{"server":"box","tool":"later"}',
    '{"server":"gone","tool":"x","verdict":"allow"}',
    'not json',
    '{"server":"box","tol":"x"}',
    '{"server":"box","tool":"plain","verdict":"perhaps"}',
    `{"name":"${'x'.repeat(5_000_000)}"}`,
    '{"name":"box_echo","verdict":"allow"}',
  ]
  writeFileSync(join(where.dir, 'calls.jsonl'), lines.join('\n'))
  const found = await replayed(where, 'calls.jsonl')
  expect(found).toMatchObject({ code: 1, calls: 7, changed: 2, unjudged: 1, bad: 4 })
  expect(found.rows.map(({ line, before, now }) => [line, before, now])).toEqual([
    [4, null, 'allow'],
    [5, 'block', 'allow'],
    [6, null, 'unseen'],
    [7, 'allow', 'unknown'],
  ])
  expect(found.stderr.match(/^calls\.jsonl:\d+: /gm)).toEqual([8, 9, 10, 11].map((n) => `calls.jsonl:${n}: `))
  expect(found.stderr).not.toContain('not json\n')
})

test('a file that is not there is one sentence and a hint', async () => {
  const where = place(config({}))
  const missing = await runHere(where, ['policy', 'test', 'none.jsonl', '--config', where.config])
  expect(missing).toMatchObject({ code: 2, stdout: '' })
  expect(missing.stderr).toMatch(/none\.jsonl can't be read \(ENOENT\)\nhint: /)
  expect((await runHere(where, ['policy', 'tset', 'x'])).stderr).toMatch(
    /hint: run "sidemux policy test FILE\.jsonl"/,
  )
})

test('a file that is larger than the memory is read in lines', async () => {
  const where = place(config({}))
  await runHere(where, ['tools', '--config', where.config])
  const file = join(where.dir, 'many.jsonl')
  const line = (at: number): string =>
    `{"server":"box","tool":"t${at}","args":{"text":"${'x'.repeat(8000)}"}}\n`
  for (let at = 0; at < 10; at += 1)
    appendFileSync(file, Array.from({ length: 1000 }, (_, n) => line(at * 1000 + n)).join(''))
  appendFileSync(file, '{"name":"box_echo","verdict":"block"}')
  where.env['NODE_OPTIONS'] = '--max-old-space-size=64'
  const { code, stdout } = await run(where, ['policy', 'test', file, '--config', where.config, '--json'])
  const found = JSON.parse(stdout) as Replayed
  expect({ code, ...found }).toMatchObject({ code: 1, calls: 10_001, changed: 1, unjudged: 10_000 })
  expect(found.rows).toHaveLength(1000)
  expect(found.more).toBe(9_001)
})

test('shadow is loud wherever it counts, with its line', async () => {
  const where = place(config({}, 'approvals: { mode: shadow }\n'))
  const line = /servers\.yaml:2:20: .*approvals\.mode is shadow: NOBODY IS ASKED/
  const check = await runHere(where, ['check', '--config', where.config])
  expect(check.code).toBe(0)
  expect(check.stdout).toMatch(line)
  const tools = await runHere(where, ['tools', '--config', where.config])
  expect(tools.stderr).toMatch(line)
  expect(tools.stdout).not.toMatch(/NOBODY/)
  const host = await host2Here(where, 'legacy')
  await host.tools()
  expect(host.stderr()).toMatch(line)
  const quiet = place(config({}, 'approvals: { mode: ask }\n'))
  expect((await runHere(quiet, ['check', '--config', quiet.config])).stdout).not.toMatch(/shadow/)
})
