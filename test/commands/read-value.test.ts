/** A value typed in a terminal is never shown (promise 3), however soon it is typed; see also secrets/local.programs.test.ts. */
import { PassThrough, Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { readValue } from '../../src/commands/secrets/read-value.ts'

it('is asked for only when the terminal shows no more what is typed, and taken at once', async () => {
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    isRaw: false,
    setRawMode(raw: boolean) {
      stdin.isRaw = raw
    },
  })
  const asked: boolean[] = []
  const stderr = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (chunk.includes('not shown')) {
        asked.push(stdin.isRaw)
        stdin.write('made-up-value\r')
      }
      done()
    },
  })
  const io = { stdin, stderr, stdout: new PassThrough(), env: {}, cwd: () => '/' }
  expect(await readValue('NAME', io as never)).toBe('made-up-value')
  expect([asked, stdin.isRaw]).toEqual([[true], false])
})
