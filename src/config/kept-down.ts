/**
 * Says in sidemux's own words why servers are missing: one short line a server for the model, in the instructions,
 * and a sentence for a caller. Never a value of the file. Pure.
 */
import { visibleLine } from '../visible.ts'
import type { Config, OddEntry } from './config.ts'

const MAX_LINES = 20
const MAX_LENGTH = 300

/** With the file, since whoever types it stands in another folder than the host does. */
function whatNext(file: string): string {
  const shown = visibleLine(/[^\w./\\:~@+-]/.test(file) ? `'${file}'` : file)
  return `Ask the user to correct it; "sidemux check" with --config ${shown} tells all that is wrong. It applies as soon as it is saved.`
}

/** For the instructions; undefined when nothing is kept down. */
export function keptDownWords({ file, broken, odd }: Config): string | undefined {
  if (broken !== undefined) {
    const at = `${file}:${broken.line}:${broken.col}`
    return `sidemux says: no server is started, because its configuration can't be used: ${short(`${at}: ${broken.message}`)}. ${whatNext(file)}`
  }
  if (odd.length === 0) return undefined
  const lines = odd
    .slice(0, MAX_LINES)
    .map((entry) => `- ${short(`${nameOf(entry)}${stateOf(entry)}: ${reasonOf(entry, file)}`)}`)
  const more = odd.length > MAX_LINES ? [`- and ${odd.length - MAX_LINES} more`] : []
  return ['sidemux says: something is wrong with these servers:', ...lines, ...more, whatNext(file)].join(
    '\n',
  )
}

/** For a call of one that is kept down; undefined for every other id. */
export function keptDownReason(
  id: string,
  { file, broken, odd }: Config,
): { reason: string; hint: string } | undefined {
  if (broken !== undefined) {
    const at = `${file}:${broken.line}:${broken.col}`
    return { reason: `No server is started: ${short(`${at}: ${broken.message}`)}.`, hint: whatNext(file) }
  }
  if (odd.length === 0) return undefined
  const entry = id === '' ? undefined : odd.find((one) => one.id === id && one.runs !== true)
  if (entry === undefined) return undefined
  return { reason: `"${id}" is kept down: ${short(reasonOf(entry, file))}.`, hint: whatNext(file) }
}

function nameOf({ id, line }: OddEntry): string {
  return id === '' ? `an entry in line ${line}` : `"${id}"`
}

function stateOf({ runs }: OddEntry): string {
  return runs === true ? ' runs as it was before the last edit' : ' is not started'
}

function reasonOf({ line, col, message }: OddEntry, file: string): string {
  return `${file}:${line}:${col}: ${message}`
}

function short(text: string): string {
  const line = visibleLine(text)
  return line.length <= MAX_LENGTH ? line : `${line.slice(0, MAX_LENGTH - 1).toWellFormed()}…`
}
