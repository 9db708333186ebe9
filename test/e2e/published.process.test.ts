/** The main job on real, published servers: filesystem, memory and everything behind one entry. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runHere } from './run-here.ts'
import { host1Here } from './serve-here.ts'
import { APPROVE, REPO, place, shared, textOf, type Answer, type Place } from './support.ts'

const published = (name: string): string =>
  join(REPO, 'node_modules/@modelcontextprotocol', `server-${name}`, 'dist/index.js')

function three(): Place & { files: string; memory: string } {
  const where = place('', { '.env': 'TOKEN=published-token-77aa31\n' })
  const files = join(where.dir, 'files')
  mkdirSync(files)
  writeFileSync(join(files, 'notes.txt'), 'Remember the milk.\n')
  const memory = join(where.out, 'memory.jsonl')
  writeFileSync(memory, '{"type":"entity","name":"demo","entityType":"project","observations":["x"]}\n')
  writeFileSync(
    where.config,
    JSON.stringify({
      version: 1,
      // Three servers in Node take longer on a busy machine than a first list waits.
      defaults: { listWait: '50s' },
      secrets: { local: { type: 'dotenv', path: '.env' } },
      servers: {
        files: {
          command: 'node',
          args: [published('filesystem'), files],
          tools: { allow: ['read_*', 'list_*'], confirm: ['write_file'] },
        },
        memory: { command: 'node', args: [published('memory')], env: { MEMORY_FILE_PATH: memory } },
        all: {
          command: 'node',
          args: [published('everything')],
          env: { TOKEN: '${local:TOKEN}' },
          tools: {
            allow: ['get-env', 'echo', 'get-sum', 'trigger-long-running-operation'],
            block: ['nothing_*'],
          },
        },
      },
    }),
  )
  return { ...where, files, memory }
}

// What a host of each era makes of these servers is held by real-servers.process.test.ts.
describe('a host', () => {
  let answer: Answer = APPROVE
  const scene = shared(async () => {
    const where = three()
    return { where, host: await host1Here(where, { elicit: () => answer }) }
  })

  it('keeps what it may not delete when the human declines', async () => {
    const { where, host } = await scene()
    answer = { action: 'decline' }
    const result = await host.call('memory_delete_entities', { entityNames: ['demo', 'declined'] })
    expect(result['isError']).toBe(true)
    expect(readFileSync(where.memory, 'utf8')).toContain('demo')
  })

  it('relays the progress of a long operation', async () => {
    const { host } = await scene()
    const seen: unknown[] = []
    const result = await host.call(
      'all_trigger-long-running-operation',
      { duration: 1, steps: 4 },
      { onProgress: (progress) => seen.push(progress) },
    )
    expect(result['isError']).not.toBe(true)
    expect(seen.length).toBeGreaterThanOrEqual(3)
  })

  it('lists, reads, masks, hides, asks and records', async () => {
    const { where, host } = await scene()
    answer = APPROVE
    const names = (await host.tools()).map(({ name }) => name)
    expect(names).toContain('files_read_text_file')
    expect(names).toContain('memory_delete_entities')
    expect(names).toContain('all_get-env')
    expect(names).not.toContain('files_directory_tree')
    expect(names.every((name) => /^[A-Za-z0-9_-]{1,46}$/.test(name))).toBe(true)

    const path = join(where.files, 'notes.txt')
    expect(textOf(await host.call('files_read_text_file', { path }))).toContain('Remember the milk.')
    const environment = textOf(await host.call('all_get-env'))
    expect(environment).toContain('[redacted:all.TOKEN]')
    expect(environment).not.toContain('published-token')
    expect(environment).not.toContain('MEMORY_FILE_PATH')
    await expect(host.call('files_directory_tree', { path: where.files })).rejects.toMatchObject({
      code: -32602,
    })
    expect(textOf(await host.call('all_get-sum', { a: 2, b: 3 }))).toContain('5')

    await host.call('memory_delete_entities', { entityNames: ['demo'] })
    expect(readFileSync(where.memory, 'utf8')).not.toContain('demo')
    await host.call('files_write_file', { path, content: 'new' })
    expect(readFileSync(path, 'utf8')).toBe('new')
    await host.close()
    const { code, stdout } = await runHere(where, ['audit', 'verify'])
    expect([code, stdout]).toEqual([0, expect.stringContaining('ok')])
  })
})

it('tools prints a verdict, a rule and a reason for each tool, and a block to paste', async () => {
  const where = three()
  const check = async (): Promise<string> =>
    (await runHere(where, ['check', '--config', where.config])).stdout
  expect(await check()).toContain('no problems')
  const { code, stdout } = await runHere(where, ['tools', '--config', where.config])
  expect(code).toBe(0)
  expect(stdout).toMatch(/files_directory_tree +hidden/)
  expect(stdout).toMatch(/memory_delete_entities +confirm +destructive/)
  expect(stdout).toMatch(/memory_read_graph +allow +read/)
  // The catalog is known now.
  expect(await check()).toMatch(
    /servers\.yaml:1:\d+: warning: "nothing_\*" matches no tool that "all" has listed/,
  )
  // Offered only to a host that has roots, as most have.
  expect(stdout).toMatch(/all_get-roots-list +hidden/)
  const suggested = await runHere(where, ['tools', '--suggest', '--config', where.config])
  expect(suggested.stderr).toMatch(/^memory: nothing to propose; \d+ tools ask today/m)
  // The file is JSON, and so is what goes into it.
  expect(JSON.stringify(JSON.parse(suggested.stdout))).not.toMatch(/delete_|write_file/)
})
