/** `sidemux audit`: is the log whole, and what does it say? Whatever a record holds is made visible before it is printed. */
import { readdirSync } from 'node:fs'
import { verifyAudit } from '../../audit/verify/verify.ts'
import { SidemuxError, systemErrorCode } from '../../errors.ts'
import { asciiJson, visibleLine } from '../../visible.ts'
import type { AuditAction, AuditVerbOptions } from './options.ts'
import { toldOutside } from './outside.ts'
import { reliesOn } from './relies-on.ts'
import { showAudit } from './show.ts'
import { tail } from './tail.ts'
import type { Io } from '../io.ts'
import { stateRoom } from '../../state/paths.ts'

export async function audit(action: AuditAction, options: AuditVerbOptions, io: Io): Promise<number> {
  const dir = stateRoom(options.stateDir, 'audit')
  if (action === 'verify' && options.json === true) return verify(dir, options, io)
  requireReadable(dir)
  if (action === 'verify') return verify(dir, options, io)
  if (action === 'show') return showAudit(dir, options, io)
  return tail(dir, options, io)
}

/** No directory is a log without records; one that can't be read may hold some. */
function requireReadable(dir: string): void {
  try {
    readdirSync(dir)
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === 'ENOENT') return
    throw new SidemuxError(`the audit log in ${dir} can't be read (${code ?? 'unknown error'})`, {
      hint: 'make it readable for you, or set SIDEMUX_STATE_DIR to the state directory that you mean',
    })
  }
}

async function verify(dir: string, options: AuditVerbOptions, io: Io): Promise<number> {
  const outside = await toldOutside(dir, options)
  const verified = await verifyAudit(dir, { told: outside.told })
  const fault = verified.problem ?? outside.fault
  const verification = {
    ...verified,
    ok: fault === undefined,
    ...(fault && { problem: fault }),
    journal: outside.journal,
  }
  const { ok, problem, records, segments, unfinished, cutOff, lost = 0 } = verification
  if (options.json === true) {
    io.stdout.write(`${asciiJson(verification)}\n`)
  } else if (problem) {
    const { segment, line, seq, message } = problem
    const where = line === 0 ? segment : `${segment}:${line}: record ${seq ?? line}`
    io.stderr.write(`${visibleLine(`${where} ${message}`)}\n`)
    io.stderr.write(
      `hint: keep a copy of ${visibleLine(dir)} as it is now, and find out who or what changed it\n`,
    )
  } else {
    const running = unfinished === 0 ? '' : `; ${unfinished} without an end (running, or killed)`
    const cut =
      cutOff === 0
        ? ''
        : `; ${cutOff} cut off in a record that was never written to its end (a crash or a power loss)${lost === 0 ? ': none before it is missing' : ''}`
    const gone =
      lost === 0
        ? ''
        : `; ${lost} records of the last second before a power loss are gone, which had not reached the disk`
    io.stdout.write(`ok: ${records} records in ${segments} segments${running}${cut}${gone}\n`)
    for (const line of reliesOn(verification, outside.journal)) io.stdout.write(`${visibleLine(line)}\n`)
  }
  return ok ? 0 : 1
}
