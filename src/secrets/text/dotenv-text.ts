/**
 * Reads a .env file with npm `dotenv`. Most programs read such files with it, and unlike `util.parseEnv` it reads the
 * same on every Node. Also finds lines that say nothing, so that a slip can be reported.
 */
import { parse } from 'dotenv'
import { StoreError } from '../store.ts'

/** The parser goes through a run of blank lines once for each of them: this much takes about half a second. */
const MAX_BLANK_WORK = 200_000_000
/** With more of them it is no slip but another kind of file. */
const MAX_STRAY_LINES = 10
const MAX_MUTE_LINES = 1000

/**
 * @param file Its name, for the error.
 * @throws StoreError invalid_reference where so much of it is blank that reading it would take minutes.
 */
export function parseDotenv(text: string, file: string): ReadonlyMap<string, string> {
  let blankWork = 0
  for (const [blank] of text.matchAll(/\s+/g)) blankWork += blank.length * linesOf(blank).length
  if (blankWork > MAX_BLANK_WORK) {
    throw new StoreError('invalid_reference', `${file} has too many blank lines in a row`, {
      hint: 'remove them',
    })
  }
  return new Map(Object.entries(parse(text)))
}

/**
 * The numbers, from 1, of the first lines that are no NAME=value: neither that, nor blank, nor a comment, nor within a
 * value of several lines. A mark is put before each line that says nothing by itself; where it is read as a name
 * of its own, and everything else as before, the line stands between the values.
 */
export function strayLines(text: string): readonly number[] {
  const lines = linesOf(text)
  const mute = lines.flatMap((line, at) => (isMute(line) ? [at] : [])).slice(0, MAX_MUTE_LINES)
  if (mute.length === 0) return []
  const before = JSON.stringify(parse(text))
  const mark = unusedName(text)
  const marked = (places: ReadonlySet<number>): Record<string, string> =>
    parse(lines.map((line, at) => (places.has(at) ? `${mark}${at}=1\n${line}` : line)).join('\n'))
  const all = marked(new Set(mute))
  const stray: number[] = []
  for (const at of mute.filter((at) => Object.hasOwn(all, `${mark}${at}`))) {
    const { [`${mark}${at}`]: found, ...rest } = marked(new Set([at]))
    if (found === '1' && JSON.stringify(rest) === before) stray.push(at + 1)
    if (stray.length === MAX_STRAY_LINES) break
  }
  return stray
}

/** "line 3 is no NAME=value", of one or more; undefined when there is none. */
export function sayStrayLines(stray: readonly number[]): string | undefined {
  const [first, ...more] = stray
  if (first === undefined) return undefined
  const others =
    more.length === 0 ? '' : `, nor ${more.length === 1 ? 'is line' : 'are lines'} ${inWords(more)}`
  return `line ${first} is no NAME=value${others}`
}

function inWords(numbers: readonly number[]): string {
  const last = numbers.at(-1)
  return numbers.length === 1 ? String(last) : `${numbers.slice(0, -1).join(', ')} and ${last}`
}

/** As the parser counts lines: a carriage return alone ends one too. */
function linesOf(text: string): string[] {
  return text.split(/\r\n?|\n/)
}

function isMute(line: string): boolean {
  const said = line.trim()
  return said !== '' && !said.startsWith('#') && Object.keys(parse(line)).length === 0
}

function unusedName(text: string): string {
  let name = 'SIDEMUX_MARK_'
  while (text.includes(name)) name += '_'
  return name
}
