import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readUpTo } from '../../src/state/read-up-to.ts'

const dir = mkdtempSync(join(tmpdir(), 'sidemux-read-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const MOST = 20_000

describe('readUpTo', () => {
  it.each([0, 1, 4095, 4096, 4097, 9000, MOST - 1, MOST])('reads a file of %i bytes', async (size) => {
    expect(await read(size)).toEqual(textOf(size))
  })

  it.each([MOST + 1, MOST + 2, 3 * MOST])('shows that one of %i bytes has more', async (size) => {
    expect(await read(size)).toEqual(textOf(MOST + 1))
  })

  // Those of /proc say 0, and another process may write meanwhile.
  it.each([0, 1, 4096, MOST])('reads all of one that has more than its size, which is %i', async (said) => {
    expect(await read(15_000, said)).toEqual(textOf(15_000))
    expect(await read(3 * MOST, said)).toEqual(textOf(MOST + 1))
  })

  it('takes memory for what is there, and not for all that may be (promise 9)', async () => {
    expect((await read(100)).buffer.byteLength).toBeLessThan(5000)
  })
})

function textOf(size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, index) => index % 251))
}

/** @param said what the file says of its size */
async function read(size: number, said?: number): Promise<Buffer> {
  const file = join(dir, `${size}`)
  writeFileSync(file, textOf(size))
  const handle = await open(file, 'r')
  try {
    const stat = async () => {
      const found = await handle.stat()
      if (said !== undefined) found.size = said
      return found
    }
    const given = { read: handle.read.bind(handle), stat } as unknown as typeof handle
    return await readUpTo(given, MOST)
  } finally {
    await handle.close()
  }
}
