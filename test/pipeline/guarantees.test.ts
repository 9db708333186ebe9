/** What the documentation says a guarantee costs (docs/performance.md) is timed on guards that do their work. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { guarantees, MODULES } from '../../bench/guarantee-list.mjs'
import { sourcesOf } from '../sources.ts'

const modules = await sourcesOf(MODULES)

it('each guarantee that is timed is on, and lets a call through that is allowed', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-guarantees-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const { list, calls, results, end } = await guarantees(modules, dir)
  for (const { what, run, holds } of list) {
    expect({ what, holds: await holds() }).toEqual({ what, holds: true })
    const [result] = results(1)
    const outcome = await run(calls(1)[0], result)
    if (typeof outcome !== 'number') expect(outcome).toMatchObject({ kind: 'result', result })
  }
  await end()
})
