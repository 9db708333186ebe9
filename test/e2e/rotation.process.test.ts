/** Secrets that change while people work: nobody's call is lost, and nobody else is restarted. */
import { renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { HereHost } from './serve-here.ts'
import { everythingIn, place, textOf, until } from './support.ts'

const CHANGES = 10
const child = JSON.stringify(resolve(import.meta.dirname, '../servers/token.mjs'))
const value = (round: number): string => `rotating-secret-${round}-x`

it(`${CHANGES} changes under load: 0 lost calls, 0 restarts of the other server, old and new value masked throughout`, async () => {
  const where = place(
    [
      'version: 1',
      'secrets: { local: { type: dotenv, path: .env } }',
      'defaults: { rateLimit: 1000000/second }',
      'servers:',
      `  turns: { command: node, args: [${child}], env: { TOKEN: "\${local:TURNS}" } }`,
      `  stays: { command: node, args: [${child}], env: { TOKEN: "\${local:STAYS}" } }`,
    ].join('\n'),
    { '.env': `TURNS=${value(0)}\nSTAYS=steady-secret-0001\n` },
  )
  const rotate = (round: number): void => {
    writeFileSync(join(where.dir, '.env.new'), `TURNS=${value(round)}\nSTAYS=steady-secret-0001\n`)
    renameSync(join(where.dir, '.env.new'), join(where.dir, '.env'))
  }
  const host = new HereHost(where)
  await host.initialize()
  await host.request('tools/list')
  const load = { running: true, calls: 0, lost: 0 }
  const seen = { turns: new Set<string>(), stays: new Set<string>() }
  const worker = async (server: 'turns' | 'stays'): Promise<void> => {
    while (load.running) {
      load.calls += 1
      const { result } = await host.request('tools/call', { name: `${server}_get_token`, arguments: {} })
      const text = result === undefined ? '' : textOf(result)
      const [pid = ''] = text.split(' ')
      if (result?.['isError'] === true || !/^\d+$/.test(pid)) load.lost += 1
      seen[server].add(pid)
      await pause(10)
    }
  }
  const workers = [worker('turns'), worker('turns'), worker('stays')]
  await until(() => seen.turns.size === 1, 'the first process answers')
  for (let round = 1; round <= CHANGES; round += 1) {
    rotate(round)
    await until(() => seen.turns.size === round + 1, `process ${round + 1} answers`)
  }
  load.running = false
  await Promise.all(workers)
  process.stdout.write(
    `${CHANGES} changes, ${load.calls} calls, ${load.lost} lost, ${seen.turns.size} processes in turn, ${seen.stays.size} of the other server\n`,
  )
  // Each change is a process that starts, and calls go on all the time.
  expect(seen.turns.size).toBe(CHANGES + 1)
  expect(load.calls).toBeGreaterThan(10 * CHANGES)
  expect({ lost: load.lost, others: seen.stays.size }).toEqual({ lost: 0, others: 1 })
  host.process.stdin?.end()
  expect(await host.exited()).toEqual({ code: 0, signal: null })
  const everything = JSON.stringify(host.received) + host.stderr() + everythingIn(where.state)
  for (let round = 0; round <= CHANGES; round += 1) {
    expect(everything.includes(value(round))).toBe(false)
    expect(everything.includes(Buffer.from(value(round)).toString('hex'))).toBe(false)
  }
  expect(everything).toContain('[redacted:turns.TOKEN]')
}, 120_000)
