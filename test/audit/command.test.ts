import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { AuditLog } from '../../src/audit/write/log.ts'
import { audit } from '../../src/commands/audit/audit.ts'
import { inTemp, linesIn, segments, writeSegment } from './support.ts'

const read = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString('utf8') ?? ''

function capture() {
  const out = new PassThrough()
  const err = new PassThrough()
  const io = { stdin: new PassThrough(), stdout: out, stderr: err, env: {}, cwd: '/', exit: () => undefined }
  return { io, out, stdout: () => read(out), stderr: () => read(err) }
}

const withRecords = (use: (stateDir: string, dir: string) => Promise<void>): Promise<void> =>
  inTemp(async (dir) => {
    let now = Date.UTC(2026, 0, 1)
    const log = await AuditLog.open({ dir, required: true, now: () => (now += 1000) })
    await log.append('server', { phase: 'launched', server: 'files', pid: 7 })
    await log.append('secret', {
      server: 'files',
      field: 'env.TOKEN',
      reference: '${env:TOKEN}',
      store: 'env',
      outcome: 'ok',
    })
    await log.append('call', {
      id: 'c-1',
      phase: 'intent',
      name: 'files_\u001b[2Jread',
      args: 'h',
      host: { name: 'claude-code', version: '2.1' },
      arguments: { path: 'a\u202eb.txt' },
    })
    await log.append('approval', {
      id: 'a',
      call: 'c-1',
      phase: 'approved',
      channel: 'page',
      server: 'files',
      tool: 'read',
    })
    await log.append('call', {
      id: 'c-1',
      phase: 'outcome',
      server: 'files',
      tool: 'read',
      outcome: 'blocked',
      by: 'human',
      reason: 'declined \u202e',
    })
    await log.close()
    await use(dirname(dir), dir)
  })

describe('sidemux audit', () => {
  test('verify: 0 and a sentence when it is whole', async () => {
    await withRecords(async (stateDir) => {
      const { io, stdout } = capture()
      expect(await audit('verify', { stateDir }, io)).toBe(0)
      expect(stdout()).toMatch(/^ok: 7 records in 1 segments\n/)
    })
  })

  test('verify: 1, the segment, the line and the record when it is not', async () => {
    await withRecords(async (stateDir, dir) => {
      const [name = ''] = segments(dir)
      writeFileSync(join(dir, name), readFileSync(join(dir, name), 'utf8').replace('declined', 'approved'))
      const { io, stdout, stderr } = capture()
      expect(await audit('verify', { stateDir }, io)).toBe(1)
      expect(stdout()).toBe('')
      expect(stderr()).toMatch(`${name}:6: record 6 was changed: its content does not match its hash\nhint: `)
      expect(await audit('verify', { stateDir, json: true }, io)).toBe(1)
      expect(JSON.parse(stdout())).toMatchObject({ ok: false, problem: { segment: name, line: 6, seq: 6 } })
    })
  })

  test('show: each call is one row of a table in which nothing hides', async () => {
    await withRecords(async (stateDir) => {
      const { io, stdout } = capture()
      expect(await audit('show', { stateDir, limit: 3 }, io)).toBe(0)
      const lines = stdout()
        .split('\n')
        .slice(0, -1)
        .map((line) => line.split(/ {2,}/))
      expect(lines).toEqual([
        ['TIME', 'TYPE', 'HOST', 'SERVER', 'TOOL', 'OUTCOME', 'APPROVAL', 'WHAT'],
        [expect.any(String), 'secret', 'files', 'env.TOKEN ${env:TOKEN} ok'],
        [
          expect.any(String),
          'call',
          'claude-code',
          'files',
          'read',
          'blocked by human',
          'approved page',
          '{"path":"a‹U+202E›b.txt"} (declined ‹U+202E›)',
        ],
        [expect.any(String), 'stop'],
      ])
    })
  })

  test('show --json: a call is one object, all else the records themselves, in plain ASCII', async () => {
    await withRecords(async (stateDir, dir) => {
      const { io, stdout } = capture()
      await audit('show', { stateDir, json: true }, io)
      const output = stdout()
      expect(output).toMatch(/^[\n\x20-\x7e]*$/)
      const shown = output
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Record<string, unknown>)
      const [name = ''] = segments(dir)
      const records = linesIn(dir, name).map((line) => JSON.parse(line) as Record<string, unknown>)
      expect(shown.filter(({ type }) => type !== 'call')).toEqual(
        records.filter(({ type }) => type !== 'call'),
      )
      expect(shown.filter(({ type }) => type === 'call')).toEqual([
        {
          seq: 4,
          time: '2026-01-01T00:00:05.000Z',
          ended: '2026-01-01T00:00:07.000Z',
          type: 'call',
          id: 'c-1',
          host: { name: 'claude-code', version: '2.1' },
          name: 'files_\u001b[2Jread',
          args: 'h',
          arguments: { path: 'a\u202eb.txt' },
          server: 'files',
          tool: 'read',
          outcome: 'blocked',
          by: 'human',
          reason: 'declined \u202e',
          segment: name,
        },
      ])
    })
  })

  test('show: records of all segments by time, the last ones', async () => {
    await inTemp(async (dir) => {
      let now = 0
      const clock = () => (now += 1000)
      const [one, two] = [
        await AuditLog.open({ dir, required: true, now: clock }),
        await AuditLog.open({ dir, required: true, now: clock }),
      ]
      for (let n = 0; n < 6; n++) await (n % 2 === 0 ? one : two).append('call', { n })
      const { io, stdout } = capture()
      await audit('show', { stateDir: dirname(dir), json: true, limit: 4 }, io)
      const shown = stdout()
        .split('\n')
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as { n: number }).n)
      expect(shown).toEqual([2, 3, 4, 5])
      await one.close()
      await two.close()
    })
  })

  test('show: no log yet', async () => {
    await inTemp(async (dir) => {
      const { io, stdout } = capture()
      expect(await audit('show', { stateDir: dirname(dir) }, io)).toBe(0)
      expect(stdout()).toBe('no records yet\n')
    })
  })

  test('tail --follow: what is written meanwhile, of new segments too, until the reader goes', async () => {
    await inTemp(async (dir) => {
      await writeSegment(dir, 3)
      const { io, out } = capture()
      let output = ''
      out.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')))
      const ended = audit('tail', { stateDir: dirname(dir), follow: true, json: true, limit: 1 }, io)
      const until = async (text: string): Promise<void> => {
        while (!output.includes(text)) await new Promise((resolve) => setTimeout(resolve, 20))
      }
      await until('"stop"')
      const log = await AuditLog.open({ dir, required: true, now: Date.now })
      await log.append('call', { n: 'first' })
      await until('first')
      await log.append('call', { n: 'second' })
      await until('second')
      await log.close()
      out.destroy()
      expect(await ended).toBe(0)
      expect(output.match(/"n":/g)).toHaveLength(2)
    })
  })
})
