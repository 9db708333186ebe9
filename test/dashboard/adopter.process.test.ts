/** Who adopts the orphans of this process: what a server left behind is known by it (promise 4). */
import { expect, it } from 'vitest'
import { findAdopter } from '../../src/dashboard/caller/adopter.ts'

it.runIf(process.platform === 'linux')('is found out each time', async () => {
  const found = new Set<number | undefined>()
  for (let times = 0; times < 200; times += 1) found.add(await findAdopter())
  expect(found.size).toBe(1)
  expect(found).not.toContain(undefined)
})
