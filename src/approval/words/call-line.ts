/**
 * The call in one line: `memory: delete_entities entityNames=["demo-project"]`. It is what a question begins with,
 * because some hosts show no more of it than that.
 *
 * Nothing that others wrote can pose as ours in it: names that aren't plain and all values are JSON, quotes included;
 * what hides is written out; what a host that renders Markdown would swallow is written as JSON escapes. Only values
 * that are too long for the line are shortened, to their beginning and end; the whole question has them in full.
 * Pure. Secret values have been masked by the caller.
 */
import { writeJson } from '../../json/write.ts'
import { asName, inOneLine, unrendered } from './one-line.ts'
import { tellingFirst } from './argument-order.ts'
import { columnsOf, shorten } from './shorten.ts'

export interface CallLine {
  readonly text: string
  /** Everything of the call is in it, unshortened. */
  readonly whole: boolean
}

/** What is to be used, and how. */
export interface Called {
  /** A tool where nothing is said. */
  readonly kind?: 'tool' | 'prompt' | 'resource' | 'sampling' | 'launch'
  readonly server: string
  /** Its name, or a resource's URI. */
  readonly tool: string
  readonly args: Readonly<Record<string, unknown>>
}

/** Two lines of the narrowest host that is known (hosts/shows.ts), with the reason below them. */
export const LINE_COLUMNS = 190
/** Of the form's field. A form that is higher than the screen loses its buttons (anthropics/claude-code#69087). */
export const FIELD_COLUMNS = 480
const MAX_TOOL_COLUMNS = 100
const MAX_NAME_COLUMNS = 40
/** Below that neither the beginning nor the end of a value says anything. */
const MIN_VALUE_COLUMNS = 36
const MAX_SPACES = 4
/** More don't find room in any line. */
const MAX_PARTS = 512

/** @param columns how long it may get; the names of server and tool stand in it also where they alone are longer */
export function callLine(called: Called, columns = LINE_COLUMNS): CallLine {
  if (called.kind === 'launch') return launchLine(called.args, columns)
  const { kind, server, tool, args } = called
  const name = kind === 'sampling' ? 'have your model write for it' : shorten(asName(tool), MAX_TOOL_COLUMNS)
  const what = kind === 'prompt' || kind === 'resource' ? `${kind} ${name}` : name
  const who = `${inOneLine(server)}: ${what}`
  const names = Object.keys(args)
  const parts = partsOf(args, names.slice(0, MAX_PARTS))
  const beyond = names.length - parts.length
  const { shown, left: without } = fill(parts, columns - columnsOf(who), beyond)
  const left = without + beyond
  const more =
    parts.length === 0
      ? ' (no arguments)'
      : left === 0
        ? ''
        : ` and ${left} more ${left === 1 ? 'argument' : 'arguments'}`
  const named = kind === 'sampling' || name === asName(tool)
  const whole = left === 0 && named && shown.every((text, at) => text === parts[at]?.text)
  return { text: `${who}${shown.map((text) => ` ${text}`).join('')}${more}`, whole }
}

/** Never whole: who agrees to a launch sees all of it, and a line has only its beginning. */
function launchLine(launches: Called['args'], columns: number): CallLine {
  const ids = Object.keys(launches).map((id) => inOneLine(id))
  const begin = ids.length === 1 ? 'start ' : `start ${ids.length} servers: `
  return { text: begin + shorten(ids.join(', '), columns - begin.length), whole: false }
}

interface Part {
  readonly name: string
  readonly value: string
  readonly text: string
  readonly columns: number
}

function partsOf(args: Called['args'], names: readonly string[]): Part[] {
  const written = tellingFirst(names).map((key) => ({
    name: inOneLine(asName(key), MAX_SPACES),
    value: inOneLine(writeJson(args[key]), MAX_SPACES),
  }))
  const tagsEnd = written.some(({ name, value }) => name.includes('>') || value.includes('>'))
  return written.map((one) => {
    const [name, value] = [unrendered(one.name, tagsEnd), unrendered(one.value, tagsEnd)]
    const text = `${name}=${value}`
    return { name, value, text, columns: columnsOf(text) }
  })
}

interface Filled {
  readonly shown: readonly string[]
  /** How many found no room. */
  readonly left: number
}

/** Each argument gets little at first, so that many are seen; what is left over goes to the first ones. */
function fill(parts: readonly Part[], room: number, beyond: number): Filled {
  const least = parts.map((part) => Math.min(part.columns, leastOf(part)) + 1)
  const all = least.reduce((sum, columns) => sum + columns, 0)
  let free = beyond === 0 && all <= room ? room : room - ' and 999999 more arguments'.length
  let count = 0
  for (const columns of least) {
    // One is always shown: a line without any would say that there are none.
    if (count > 0 && columns > free) break
    free -= columns
    count += 1
  }
  const shown = parts.slice(0, count).map((part, at) => {
    const had = (least[at] ?? 0) - 1
    const given = Math.min(part.columns, had + Math.max(0, free))
    free -= given - had
    return given >= part.columns ? part.text : shortened(part, given)
  })
  return { shown, left: parts.length - count }
}

function leastOf({ name }: Part): number {
  return Math.min(columnsOf(name), MAX_NAME_COLUMNS) + 1 + MIN_VALUE_COLUMNS
}

function shortened({ name, value }: Part, columns: number): string {
  const short = shorten(name, MAX_NAME_COLUMNS)
  return `${short}=${shorten(value, Math.max(MIN_VALUE_COLUMNS, columns - columnsOf(short) - 1))}`
}
