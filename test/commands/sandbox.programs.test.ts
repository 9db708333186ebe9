/** `sidemux sandbox SERVER`: what it shows is what a server has, and a shell in it has it too. */
import { mkdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { place, run, toolbox, type Place } from '../e2e/support.ts'
import { needs } from '../servers/needs.mjs'

function scene(): Place {
  const entry = {
    sandbox: { mode: 'required', write: ['given'], network: 'none' },
    limits: { memory: '1g' },
    env: { TOKEN: '${own:TOKEN}', NAME: 'plain ${env:A_NAME:-nobody}' },
  }
  const where = place(
    `version: 1\nsecrets: { own: { type: dotenv, path: .env } }\nservers:\n  caged: ${toolbox(entry)}\n  free: ${toolbox({ sandbox: 'off' })}\n`,
    { '.env': 'TOKEN=a-secret-that-nobody-needs\n' },
  )
  for (const folder of ['given', 'private']) mkdirSync(join(where.dir, folder))
  for (const folder of ['given', 'private']) writeFileSync(join(where.dir, folder, 'a.md'), `in ${folder}`)
  return where
}

describe.runIf(needs('bwrap'))('sidemux sandbox', () => {
  test('shows what a server reads, writes and reaches, and what it never sees', async () => {
    const where = scene()
    const { code, stdout } = await run(where, ['sandbox', 'caged', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      confined: true,
      by: 'bubblewrap',
      writes: [join(where.dir, 'given')],
      network: 'none',
      limits: { memory: 2 ** 30, processes: 1000 },
      never: expect.arrayContaining([where.config, where.state, join(where.dir, '.env')]),
    })
    const words = await run(where, ['sandbox', 'caged'])
    expect(words.stdout).toMatch(/^caged is confined by bubblewrap\n[^]*\n {2}writes {4}\/.*given\n/)
  })

  test('shows and tries the one way out of a server whose secret is brokered', async () => {
    const entry = { env: { TOKEN: { value: '${own:TOKEN}', deliver: 'broker', hosts: ['api.example'] } } }
    const where = place(
      `version: 1\nsecrets: { own: { type: dotenv, path: .env } }\nservers:\n  sealed: ${toolbox(entry)}\n`,
      { '.env': 'TOKEN=a-secret-that-nobody-needs\n' },
    )
    const { stdout } = await run(where, ['sandbox', 'sealed', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ confined: true, brokered: { TOKEN: ['api.example:443'] } })
    const words = await run(where, ['sandbox', 'sealed'])
    expect(words.stdout).toMatch(
      / {2}network {3}all but this machine itself.*\n {2}brokered {2}TOKEN for api\./,
    )
    const inside = ['readlink', '/proc/self/ns/net']
    const tried = await run(where, ['sandbox', 'sealed', '--try', '--', ...inside])
    expect(tried.stdout).toMatch(/^net:/)
    expect(tried.stdout.trim()).not.toBe(readlinkSync('/proc/self/ns/net'))
  })

  test.each([
    ['has what it was given', 'given/a.md', 0, 'in given'],
    ['has nothing else', 'private/a.md', 1, ''],
  ])('a command in it %s', async (_, file, code, said) => {
    const where = scene()
    expect(await run(where, ['sandbox', 'caged', '--try', '--', 'cat', join(where.dir, file)])).toMatchObject(
      {
        code,
        stdout: said,
      },
    )
  })

  test('a shell in it holds no secret, and ends with the end of its input', async () => {
    const where = scene()
    const { code, stdout } = await run(where, ['sandbox', 'caged', '--try'], 'echo "[$TOKEN] [$NAME]"\n')
    expect([code, stdout]).toEqual([0, '[] [plain nobody]\n'])
  })

  test.each([
    [
      'a server that is not confined, to try',
      ['free', '--try'],
      1,
      /"free" is not confined: its entry says "sandbox: off"/,
    ],
    ['an unknown server', ['nobody'], 2, /there is no server "nobody"/],
    ['a command without --try', ['caged', '--', 'ls'], 2, /a command belongs to --try/],
  ])('refuses %s', async (_, args, code, says) => {
    const { stderr, ...end } = await run(scene(), ['sandbox', ...args])
    expect([end.code, stderr]).toEqual([code, expect.stringMatching(says)])
  })

  test('says of a server that is not confined why', async () => {
    const { code, stdout } = await run(scene(), ['sandbox', 'free', '--json'])
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      { server: 'free', confined: false, why: 'its entry says "sandbox: off"' },
    ])
  })
})
