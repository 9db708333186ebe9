/** `sidemux audit`: is the log whole, and what does it say? Whatever a record holds is made visible before it is printed. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditRecord } from '../audit/chain.ts'
import { readAudit } from '../audit/read.ts'
import { verifyAudit } from '../audit/verify.ts'
import { SidemuxError, systemErrorCode } from '../errors.ts'
import { asciiJson, visibleLine } from '../visible.ts'
import type { Io } from './io.ts'
import { table } from './table.ts'

export interface AuditOptions {
  readonly stateDir: string
  readonly json?: boolean
  /** How many of the last records; 50 when absent. */
  readonly limit?: number
  readonly follow?: boolean
}

export async function audit(
  action: 'verify' | 'show' | 'tail',
  options: AuditOptions,
  io: Io,
): Promise<number> {
  const dir = join(options.stateDir, 'audit')
  if (action === 'verify' && options.json === true) return verify(dir, options, io)
  requireReadable(dir)
  if (action === 'verify') return verify(dir, options, io)
  if (action === 'show') return show(dir, options, io)
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

async function verify(dir: string, options: AuditOptions, io: Io): Promise<number> {
  const verification = await verifyAudit(dir)
  const { ok, problem, records, segments, unfinished } = verification
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
    io.stdout.write(`ok: ${records} records in ${segments} segments${running}\n`)
  }
  return ok ? 0 : 1
}

async function show(dir: string, options: AuditOptions, io: Io): Promise<number> {
  const row = rows()
  const shown: string[][] = []
  for await (const { record } of readAudit(dir, { limit: options.limit ?? DEFAULT_LIMIT })) {
    if (options.json === true) io.stdout.write(`${asciiJson(record)}\n`)
    else shown.push(row(record))
  }
  if (options.json !== true) io.stdout.write(shown.length === 0 ? 'no records yet\n' : table(HEAD, shown))
  return 0
}

/** Ends when stdout goes away, or with Ctrl-C like any other command. */
async function tail(dir: string, options: AuditOptions, io: Io): Promise<number> {
  const row = rows()
  const gone = new AbortController()
  const stop = (): void => gone.abort()
  io.stdout.once('close', stop).once('error', stop)
  const follow = options.follow === true ? { follow: gone.signal } : {}
  for await (const { record } of readAudit(dir, { limit: options.limit ?? DEFAULT_LIMIT, ...follow })) {
    if (gone.signal.aborted) break
    const line = options.json === true ? asciiJson(record) : row(record).join('  ').trimEnd()
    io.stdout.write(`${line}\n`)
  }
  io.stdout.off('close', stop).off('error', stop)
  return 0
}

const DEFAULT_LIMIT = 50
const HEAD = ['TIME', 'TYPE', 'SERVER', 'TOOL', 'WHAT', 'APPROVAL']
const REMEMBERED = 10_000

/** Rows for records in their order; an outcome has the tool of the call that it ends. */
function rows(): (record: AuditRecord) => string[] {
  const tools = new Map<string, string>()
  return (record) => {
    const id = text(record['id'])
    const tool = text(record['tool']) || text(record['name'])
    if (record.type === 'call' && tool !== '') tools.set(id, tool)
    if (tools.size > REMEMBERED) tools.clear()
    return [
      record.time,
      record.type,
      text(record['server']),
      tool || (record.type === 'call' ? (tools.get(id) ?? '') : ''),
      what(record),
      record.type === 'approval' ? words(record, ['phase', 'channel']) : text(record['approval']),
    ].map(visibleLine)
  }
}

function what(record: AuditRecord): string {
  switch (record.type) {
    case 'call':
      return words(record, ['verdict', 'outcome', 'by', 'reason']) || words(record, ['phase'])
    case 'approval':
      return words(record, ['call'])
    case 'secret':
      return record['phase'] === undefined
        ? words(record, ['field', 'reference', 'outcome'])
        : words(record, ['phase', 'store', 'path', 'outcome'])
    case 'start':
      return words(record, ['pid'])
    default:
      return words(record, ['phase', 'profile', 'pid', 'code', 'signal', 'reason'])
  }
}

function words(record: AuditRecord, facts: readonly string[]): string {
  return facts
    .map((fact) => text(record[fact]))
    .filter((word) => word !== '')
    .join(' ')
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
