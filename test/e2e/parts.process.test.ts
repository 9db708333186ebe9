/** Promise 3 with real processes: secrets inside secrets on every channel, and settings that are none beside them. */
import { describe, expect, it } from 'vitest'
import { PASSWORD, SETTINGS } from '../redact/everyday.ts'
import { PEM, SERVICE_ACCOUNT } from '../redact/shapes.ts'
import { runHere } from './run-here.ts'
import { HOSTS_HERE, host1Here } from './serve-here.ts'
import {
  LEAKS,
  everythingIn,
  place,
  textOf,
  toolbox,
  traces,
  until,
  type Host,
  type Place,
} from './support.ts'

const PW = 'S3cr3t-Pa55/phrase+9!'

function shapes(): Place {
  const yaml = [
    'version: 1',
    'secrets: { d: { type: dotenv, path: .env } }',
    'servers:',
    `  gcp: ${toolbox({ env: { TOOLBOX_SECRET: '${file:key.json}', TOOLBOX_SHOW: 'private_key' } })}`,
    `  db: ${toolbox({ env: { TOOLBOX_SECRET: '${d:DATABASE_URL}', TOOLBOX_SHOW: 'password' } })}`,
  ].join('\n')
  return place(yaml, {
    'key.json': JSON.stringify(SERVICE_ACCOUNT),
    '.env': `DATABASE_URL=postgres://svc:${encodeURIComponent(PW)}@db.example.com/app\n`,
  })
}

it.each(HOSTS_HERE)(
  '%s: what servers take out of their secrets is masked on every channel',
  async (_name, connect) => {
    const where = shapes()
    const host = await connect(where, { env: { SIDEMUX_LOG: 'trace' } })
    const [said, seen]: [string[], unknown[]] = [[], []]
    for (const server of ['gcp', 'db']) {
      for (const how of LEAKS) said.push(JSON.stringify(await answerOf(host, `${server}_get_leak`, { how })))
      await host.call(`${server}_count`, { to: 3 }, { onProgress: (progress) => seen.push(progress) })
    }
    await until(() => everythingIn(where.state).split('about to use').length > 2, 'stderr of both in the log')
    await host.close()
    const all = [...said, JSON.stringify(seen), host.stderr(), everythingIn(where.state)].join('\n')
    const parts = [...PEM.split('\n').slice(1, -2), PW]
    expect(parts.flatMap((part) => traces(part).filter((trace) => all.includes(trace)))).toEqual([])
    // What goes to stderr isn't in the answer.
    expect(said.filter((text) => !text.includes('redacted:')).length).toBeLessThan(3)
  },
)

async function answerOf(host: Host, tool: string, args: Record<string, unknown>): Promise<unknown> {
  try {
    return await host.call(tool, args)
  } catch (error) {
    return [String(error), (error as { data?: unknown }).data]
  }
}

describe('20 plain settings beside a password', () => {
  const env = Object.fromEntries(
    [...Object.keys(SETTINGS), 'PGPASSWORD'].map((name) => [name, `\${d:${name}}`]),
  )
  const settings = (more: Record<string, string> = {}): Place =>
    place(
      [
        'version: 1',
        'secrets: { d: { type: dotenv, path: .env } }',
        'servers:',
        `  pg: ${toolbox({ env: { ...env, ...more } })}`,
        `  other: ${toolbox()}`,
      ].join('\n'),
      {
        '.env': [...Object.entries(SETTINGS), ['PGPASSWORD', `'${PASSWORD}'`], ['ODD', 'sunshine']]
          .map(([name, value]) => `${name}=${value}\n`)
          .join(''),
      },
    )

  it('other servers are called with them and say them; the password goes nowhere', async () => {
    const where = settings({ WEATHER: '${d:ODD}', PLAIN_ONE: '${plain:d:ODD}' })
    const host = await host1Here(where)
    const everyday = Object.values(SETTINGS).join(' ')
    expect(textOf(await host.call('other_echo', { text: everyday }))).toBe(`:${everyday}`)
    const own = JSON.parse(textOf(await host.call('pg_get_env'))) as Record<string, string>
    expect(own).toMatchObject({ ...SETTINGS, PGPASSWORD: '[redacted:pg.PGPASSWORD]' })
    const stopped = await host.call('other_echo', { text: PASSWORD })
    expect(JSON.stringify(stopped)).toContain('give it to both')
    // Weak, and a secret by one of its two references.
    const weak = JSON.stringify(await host.call('other_echo', { text: 'a day of sunshine' }))
    expect(weak).toContain('${plain:…} in servers.yaml')
    await host.close()
    expect(everythingIn(where.state)).toContain('"plain":true')
  })

  it('check and secrets check tell what is plain, what is weak, and how many parts are masked', async () => {
    const where = settings({ WEATHER: '${d:ODD}', DECLARED: '${plain:d:ODD}' })
    const checked = await runHere(where, ['check'])
    expect(checked.stdout).toContain('the value of ${d:ODD} is made of ordinary words: what any result says')
    expect(checked.stdout).toContain('write ${plain:d:ODD}')
    expect(checked.stdout).toMatch(/2 servers, 1 store, 1 warning\n$/)
    const told = await runHere(where, ['secrets', 'check'])
    expect(told.stdout).toMatch(/\$\{d:PGHOST\} +ok, plain: a host name/)
    expect(told.stdout).toMatch(/\$\{plain:d:ODD\} +ok, plain: as declared/)
    expect(told.stdout).toMatch(/\$\{d:PGPASSWORD\} +ok +-/)
    expect(told.stdout).toContain('pg: ${d:ODD} is made of ordinary words')
    const rows = JSON.parse((await runHere(shapes(), ['secrets', 'check', '--json'])).stdout) as {
      parts: number
    }[]
    expect(rows).toMatchObject([
      { server: 'gcp', plain: null, weak: null },
      { server: 'db', plain: null, weak: null, parts: 2 },
    ])
    expect(rows[0]?.parts).toBeGreaterThan(4)
    expect(told.stdout + checked.stdout).not.toContain(PASSWORD)
    expect(told.stdout + checked.stdout).not.toContain('sunshine')
  })

  it('what is declared plain is welcome in arguments, and refused there when it is a secret elsewhere', async () => {
    const where = place(
      [
        'version: 1',
        'secrets: { d: { type: dotenv, path: .env } }',
        'servers:',
        `  good: ${JSON.stringify({ command: 'node', args: [toolboxPath(), '${plain:d:REGION}'], env: { TOOLBOX_SECRET: '${d:KEY}' } })}`,
        `  bad: ${JSON.stringify({ command: 'node', args: [toolboxPath(), '${plain:d:KEY}'], env: { TOOLBOX_SECRET: '${d:KEY}' } })}`,
      ].join('\n'),
      { '.env': `REGION=kT-moon-77\nKEY='${PASSWORD}'\n` },
    )
    expect(
      (await runHere(where, ['call', 'good', 'echo', '--args', '{"text":"kT-moon-77"}'])).stdout,
    ).toContain('kT-moon-77')
    const bad = await runHere(where, ['call', 'bad', 'echo', '--args', '{"text":"x"}'])
    expect(bad.code).not.toBe(0)
    expect(bad.stdout + bad.stderr).toMatch(/the value is a secret \((?:good|bad)\.TOOLBOX_SECRET\)/)
  })
})

function toolboxPath(): string {
  return (JSON.parse(toolbox()) as { args: [string] }).args[0]
}
