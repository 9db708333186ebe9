/** What the documentation says a guarantee costs (docs/performance.md) is timed on guards that do their work. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { guarantees } from '../../bench/guarantee-list.mjs'
import { AuditLog } from '../../src/audit/write/log.ts'
import { Cancellation } from '../../src/cancellation.ts'
import { writeJson } from '../../src/json/write.ts'
import { admit } from '../../src/pipeline/stages/admit.ts'
import { contain } from '../../src/pipeline/stages/contain.ts'
import { limit, Limits } from '../../src/pipeline/stages/limit.ts'
import { record } from '../../src/pipeline/stages/record.ts'
import { scrub } from '../../src/pipeline/stages/scrub.ts'
import { validate } from '../../src/pipeline/stages/validate.ts'
import { Redactor } from '../../src/redact/redactor.ts'
import { compileSchema } from '../../src/schema/compile.ts'
import { SchemaJudge } from '../../src/schema/judge.ts'
import { Secret } from '../../src/secrets/secret.ts'
import { Silence } from '../../src/upstream/session/times/silence.ts'
import { parseLine } from '../../src/wire/framing.ts'

const rooms = {
  AuditLog,
  Cancellation,
  Silence,
  writeJson,
  Redactor,
  compileSchema,
  SchemaJudge,
  Secret,
  parseLine,
}
const stages = { admit, contain, limit, Limits, record, scrub, validate }

it('each guarantee that is timed is on, and lets a call through that is allowed', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-guarantees-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const { list, calls, results, end } = await guarantees({ ...rooms, ...stages }, dir)
  for (const { what, run, holds } of list) {
    expect({ what, holds: await holds() }).toEqual({ what, holds: true })
    const [result] = results(1)
    const outcome = await run(calls(1)[0], result)
    if (typeof outcome !== 'number') expect(outcome).toMatchObject({ kind: 'result', result })
  }
  await end()
})
