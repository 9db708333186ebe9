/** `sidemux logs`: what a newcomer asks first when a server does not start. */
import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runHere } from './run-here.ts'
import { CLI, place, RawHost, toolbox, until, yamlOf, type Place } from './support.ts'

const FAILS = `console.error('Error: API_KEY \\u001b[31mis required'); process.exit(3)`

function failing(): Place {
  return place(
    yamlOf({
      version: 1,
      servers: {
        'brave-search': { command: process.execPath, args: ['-e', FAILS] },
        box: JSON.parse(toolbox({ start: 'eager' })) as object,
      },
    }),
  )
}

const logOf = ({ state }: Place): string => readFileSync(join(state, 'log/sidemux.log'), 'utf8')

describe('after a start that failed', () => {
  it('says what the server printed, why it is down and what to do, for that server only', async () => {
    const where = failing()
    await runHere(where, ['tools', '--config', where.config])
    const { code, stdout, stderr } = await runHere(where, ['logs', 'brave-search', '--config', where.config])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^\S+ \S+ {2}info +brave-search {2}started as process \d+$/m)
    expect(stdout).toMatch(/^\S+ \S+ {2}info +brave-search {2}> Error: API_KEY ‹U\+001B›\[31mis required$/m)
    expect(stdout).toMatch(/exited with code 3/)
    expect(stdout).toMatch(
      /did not get ready, and is tried again: "brave-search" exited with code 3 while starting\./,
    )
    expect(stdout).not.toContain('box')
    const all = await runHere(where, ['logs', '--lines', '1000'])
    expect(all.stdout).toMatch(/ box +ready with \d+ tools/)
  })

  it('knows near names, also without a servers.yaml, and old ids', async () => {
    const where = failing()
    await runHere(where, ['tools', '--config', where.config])
    const wrong = await runHere(where, ['logs', 'brave-saerch'])
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      'sidemux: neither servers.yaml nor the log knows a server "brave-saerch"\nhint: did you mean: sidemux logs brave-search\n',
    ])
    writeFileSync(where.config, 'version: 1\nservers: [\n')
    expect((await runHere(where, ['logs', 'brave-search'])).stdout).toContain('API_KEY')
    const far = await runHere(where, ['logs', 'nothing-like-it'])
    expect(far.stderr).toContain('hint: known are box, brave-search;')
  })
})

it('says that there is no log yet, and what makes one', async () => {
  const where = failing()
  const { code, stdout, stderr } = await runHere(where, ['logs'])
  expect([code, stdout]).toEqual([0, ''])
  expect(stderr).toMatch(/^there is no log yet in .*sidemux\.log\nhint: .*sidemux tools/)
  expect(await runHere(where, ['logs', 'box'])).toMatchObject({ code: 0, stdout: '' })
})

it.each([
  [['--since', 'soon'], '--since is neither'],
  [['--lines', '-1'], '--lines'],
  [['--level', 'loud'], 'there is no such level'],
  [['a', 'b'], 'at most one SERVER'],
])('%j is refused with what to write', async (args, words) => {
  const { code, stderr } = await runHere(failing(), ['logs', ...args])
  expect(code).toBe(2)
  expect(stderr).toContain(words)
  expect(stderr).toContain('hint: ')
})

describe('of several sidecars', () => {
  it('each line says which, and for which host', async () => {
    const where = failing()
    for (let round = 0; round < 2; round += 1) {
      const host = new RawHost(where)
      await host.initialize()
      await host.request('tools/list')
      // The second one is listed before it starts anything.
      await until(() => logOf(where).split('"event":"ready"').length > round + 1, 'the server is up')
      host.process.stdin?.end()
      await host.exited()
    }
    const { stdout } = await runHere(where, ['logs', 'box'])
    const who = new Set([...stdout.matchAll(/ \[(\d+) raw\] {2}box /g)].map(([, pid]) => pid))
    expect(who.size).toBe(2)
    const json = await runHere(where, ['logs', 'box', '--json', '--level', 'info', '--since', '1h'])
    const records = json.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { server: string; event: string })
    expect(new Set(records.map(({ server }) => server))).toEqual(new Set(['box']))
    expect(records.map(({ event }) => event)).toEqual(expect.arrayContaining(['launched', 'ready', 'exited']))
  })
})

describe('--follow', () => {
  function following(where: Place): { process: ReturnType<typeof spawn>; text: () => string } {
    const child = spawn(process.execPath, [CLI, 'logs', '--follow', '--lines', '0'], {
      cwd: where.dir,
      env: where.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
    return { process: child, text: () => text }
  }

  const record = (msg: string): string =>
    `${JSON.stringify({ level: 'info', time: new Date().toISOString(), pid: 1, msg })}\n`

  it('begins without a log, goes on over a rotation, and ends by Ctrl-C with 0', async () => {
    const where = failing()
    const { process: child, text } = following(where)
    await until(() => text().includes('there is no log yet'), 'the word that there is none')
    const log = join(where.state, 'log', 'sidemux.log')
    mkdirSync(join(where.state, 'log'))
    writeFileSync(log, record('the first'))
    await until(() => text().includes('the first'), 'the first line')
    appendFileSync(log, record('the last of the old'))
    renameSync(log, `${log}.1`)
    writeFileSync(log, record('the first of the new'))
    await until(() => text().includes('the first of the new'), 'the line after the rotation')
    expect(text().match(/the first\n/g)).toHaveLength(1)
    expect(text()).toContain('the last of the old')
    const exited = new Promise((resolve) => child.once('exit', (...how) => resolve(how)))
    child.kill('SIGINT')
    expect(await exited).toEqual([0, null])
  })

  it('ends with 0 when nobody reads any more', async () => {
    const where = failing()
    const log = join(where.state, 'log', 'sidemux.log')
    mkdirSync(join(where.state, 'log'))
    writeFileSync(log, record('the first'))
    const { process: child } = following(where)
    child.stdout?.destroy()
    const exited = new Promise((resolve) => child.once('exit', (...how) => resolve(how)))
    const writing = setInterval(() => appendFileSync(log, record('more')), 50)
    onTestFinished(() => clearInterval(writing))
    expect(await exited).toEqual([0, null])
  })
})
