/**
 * Judges whether a path lies where a pattern says, in every way in which a server could read it (readings.ts): as it
 * is written, and where it leads to on the disk. Looks at the disk through `place.disk` alone.
 *
 * In a pattern `*` and `?` stay within one name and `**` is any number of names, none included: `notes/**` is the folder
 * and all below it. Names that begin with a dot are names like others. What is relative, in rules and in arguments, is
 * relative to `place.base`; `~` is `place.home`.
 */
import { matchGlob } from '../glob.ts'
import { MAX_NAMES, walkPath, type Absolute } from './disk.ts'
import { both, either, every, FITS, misfits, unknown, type WhereFit } from './fit.ts'
import type { ServerPlace } from './place.ts'
import { pathReadings } from './readings.ts'

const OUT = misfits('it is not where the rule says')
const LEADS_OUT = misfits('it leads elsewhere on the disk')

export function judgePath(patterns: readonly string[], text: string, place: ServerPlace): WhereFit {
  const read = pathReadings(text)
  if (isAddress(text) || (read.ok && read.all.some(isAddress))) return unknown('it is an address and no path')
  if (!read.ok) return unknown(read.why)
  const areas = patterns.map((pattern) => areaOf(pattern, place))
  const isHome = patterns.every((pattern) => pattern.startsWith('~'))
  return every(
    read.all.flatMap((reading) => waysOf(reading, isHome, place)).map((way) => judgeWay(way, areas, place)),
  )
}

function isAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:(?:[/\\]|$)|^file:/i.test(text)
}

interface Area {
  readonly root: string
  /** Without signs of a pattern. */
  readonly base: readonly string[]
  readonly rest: readonly string[]
  /** Where the base is on the disk, where that can be told. */
  readonly real: Absolute | undefined
}

function areaOf(pattern: string, place: ServerPlace): Area | undefined {
  const path = absolute(pattern, place)
  if (path === undefined) return undefined
  const sign = path.names.findIndex((name) => /[*?{]/.test(name))
  const base = normalised({ ...path, names: sign === -1 ? path.names : path.names.slice(0, sign) })
  if (base === undefined) return undefined
  const real = place.disk && walkPath({ root: path.root, names: base }, place.disk, parserOf(place))
  return { root: path.root, base, rest: sign === -1 ? [] : path.names.slice(sign), real }
}

type Way = Absolute | 'unknown'

/** One that begins with `~` may be a name as well, where the rule doesn't say so and where there is such a one. */
function waysOf(text: string, isHome: boolean, place: ServerPlace): readonly Way[] {
  if (!text.startsWith('~')) return [absolute(text, place) ?? 'unknown']
  if (!/^~(?:\/|$)/.test(text)) return ['unknown']
  const home = absolute(text, place) ?? 'unknown'
  return isHome && !hasTilde(place) ? [home] : [home, absolute(`./${text}`, place) ?? 'unknown']
}

function hasTilde({ base, disk }: ServerPlace): boolean {
  return base !== undefined && disk !== undefined && disk.look(`${base}/~`).kind !== 'missing'
}

function judgeWay(way: Way, areas: readonly (Area | undefined)[], place: ServerPlace): WhereFit {
  if (way === 'unknown') return unknown('where it leads to can not be told')
  if (way.names.length > MAX_NAMES) return unknown('it has too many names to be judged')
  const lexical = normalised(way)
  if (lexical === undefined) return unknown('it leads above the folder that it is relative to')
  const plain = { root: way.root, names: lexical }
  if (place.disk === undefined) return either(areas.map((area) => within(plain, area, place)))
  const parse = parserOf(place)
  const isNormal = lexical.length === way.names.length
  const ends = (isNormal ? [plain] : [way, plain]).map(
    (one) => place.disk && walkPath(one, place.disk, parse),
  )
  if (ends.includes(undefined)) return unknown('where it leads to can not be told')
  return either(
    areas.map((area) => {
      const real = area?.real && { ...area, root: area.real.root, base: area.real.names }
      const written = either([within(plain, area, place), within(plain, real, place)])
      const led = every(ends.map((end) => (end === undefined ? LEADS_OUT : leads(end, real))))
      const kinds = [written.kind, led.kind]
      // It is one path: where a part of it is in, and another is not, it can be taken for either.
      if (kinds.includes('fits') && kinds.includes('misfits'))
        return { kind: 'some', why: written.kind === 'misfits' ? written.why : LEADS_OUT.why }
      return both([written, led])
    }),
  )
}

/** As it is written; in other letters it may be the same place or another, as the file system likes. */
function within({ root, names }: Absolute, area: Area | undefined, place: ServerPlace): WhereFit {
  if (area === undefined) return unknown('the folder that the rule is relative to is not known')
  if (sameRoot(root, area.root) && matches(names, area)) return FITS
  const isLoose = sameRoot(root, area.root) && matches(allFolded(names), foldedArea(area))
  if (!isLoose) return OUT
  return foldsCase(place) ? FITS : unknown('it is written with other letters than in the rule')
}

function leads({ root, names }: Absolute, area: Area | undefined): WhereFit {
  if (area === undefined) return unknown('where the folder of the rule leads to can not be told')
  if (!sameRoot(root, area.root)) return LEADS_OUT
  if (matches(names, area)) return FITS
  return matches(allFolded(names), foldedArea(area))
    ? unknown('it is written with other letters than in the rule')
    : LEADS_OUT
}

function foldsCase({ platform }: ServerPlace): boolean {
  return platform === 'win32' || platform === 'darwin'
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

function sameRoot(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

/** Of each list once, since one path is held to many patterns. */
const known = new WeakMap<readonly string[], readonly string[]>()

function allFolded(names: readonly string[]): readonly string[] {
  const all = known.get(names) ?? names.map(folded)
  known.set(names, all)
  return all
}

function foldedArea({ base, rest }: Area): Names {
  return { base: allFolded(base), rest: allFolded(rest) }
}

type Names = Pick<Area, 'base' | 'rest'>

function matches(names: readonly string[], { base, rest }: Names): boolean {
  if (names.length < base.length) return false
  if (base.some((name, index) => name !== names[index])) return false
  return matchNames(rest, names.slice(base.length))
}

/** In time at most the product of both lengths. */
export function matchNames(pattern: readonly string[], names: readonly string[]): boolean {
  let reached = [true, ...names.map(() => false)]
  for (const part of pattern) {
    if (part === '**') {
      const from = reached.indexOf(true)
      reached = reached.map((_, at) => from !== -1 && at >= from)
    } else {
      reached = reached.map((_, at) => reached[at - 1] === true && matchGlob(part, names[at - 1] ?? ''))
    }
  }
  return reached[names.length] === true
}

/** At the root of a disk `..` leads nowhere; undefined where what is above isn't known. */
function normalised({ root, names }: Absolute): readonly string[] | undefined {
  const left: string[] = []
  for (const name of names) {
    if (name !== '..') left.push(name)
    else if (left.pop() === undefined && root === UNKNOWN_ROOT) return undefined
  }
  return left
}

/** Of what is relative on another machine. */
const UNKNOWN_ROOT = '.'

/** Undefined where it is relative to what isn't known, or is of a kind that is not judged. */
function absolute(written: string, place: ServerPlace): Absolute | undefined {
  const text = place.platform === 'win32' ? written.replaceAll('\\', '/') : written
  if (/^~(?:\/|$)/.test(text))
    return place.home === undefined ? undefined : join(place.home, text.slice(1), place)
  if (/^[a-z]:(?![/\\])/i.test(text) && (place.platform === 'win32' || text.length === 2)) return undefined
  if (place.platform === 'win32' && !isPlainOnWindows(text)) return undefined
  const parse = parserOf(place)
  const own = parse(text)
  if (own !== undefined && own.root === '' && place.platform === 'win32')
    return place.base === undefined ? own : { ...own, root: parse(place.base)?.root ?? '' }
  if (own !== undefined) return own.root !== '' && place.platform !== 'win32' ? undefined : own
  if (place.base === undefined)
    return place.disk === undefined ? { root: UNKNOWN_ROOT, names: split(text) } : undefined
  return join(place.base, text, place)
}

function join(base: string, text: string, place: ServerPlace): Absolute | undefined {
  const from = parserOf(place)(base)
  return from && { root: from.root, names: [...from.names, ...split(text)] }
}

/** Of an absolute path its root and its names. */
export function parserOf({ platform }: ServerPlace): (text: string) => Absolute | undefined {
  return (text) => {
    const slashed = platform === 'win32' ? text.replaceAll('\\', '/') : text
    const drive = /^([a-z]:)\//i.exec(slashed)?.[1]
    if (drive !== undefined) return { root: drive, names: split(slashed.slice(drive.length)) }
    return slashed.startsWith('/') ? { root: '', names: split(slashed) } : undefined
  }
}

function split(text: string): readonly string[] {
  return text.split('/').filter((name) => name !== '' && name !== '.')
}

/** No other machine, no device, no second stream of a file, no short name. */
function isPlainOnWindows(text: string): boolean {
  const slashed = text.replaceAll('\\', '/').replace(/^[a-z]:/i, '')
  if (slashed.startsWith('//') || slashed.includes(':')) return false
  return !slashed
    .split('/')
    .some(
      (name) => /~\d/.test(name) || /^(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\.|$)/i.test(name),
    )
}
