/**
 * Folders that a grant may name for an argument that is a path, in place of the one value: a working day has many files
 * of one project. Offered is only what covers the very call that was asked about, as a rule's `where:` would judge it
 * (policy/where): each value strictly below the folder, however it is read and wherever its links lead.
 *
 * A path that is relative lies below where the server works, or below the folder that another argument names and the grant
 * fixes (`git_add` of a repository); not where it could mean a file of both. Of an address it is a part of its site
 * (within-site.ts).
 *
 * Never a folder with less than three names, the home directory or what is above it, or a place of the system; and never
 * anything with a hidden name (`.git`, `.ssh`, `.env`), where programs keep keys and what they run.
 */
import { walkPath } from '../../policy/where/disk.ts'
import { fits } from '../../policy/where/judge.ts'
import { parserOf } from '../../policy/where/path.ts'
import type { ServerPlace } from '../../policy/where/place.ts'
import { argumentWords } from '../words/argument-words.ts'
import { isSite, siteOffer, whyNotOnSite } from './within-site.ts'

export interface WithinOffer {
  /** Absolute, with `/` between the names, or addresses; what is nearest first, then what is above it. */
  readonly folders: readonly string[]
  /** The one that is chosen unless a human says otherwise; absent where the value itself is fixed. */
  readonly byDefault?: string
}

type Args = Readonly<Record<string, unknown>>

const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/))

const FOLDERS = set(`
  dir dirs directory directories folder folders root cwd repo repository workspace project`)
const PATHS = set(`
  path paths file files filename filenames filepath filepaths`)
/** A path where it is an absolute one; `target` may be a button of a page. */
const EITHER = set(`
  source destination src dest dst from to target output input`)
/** Where a system keeps its programs and settings. */
const SYSTEM = set(`
  etc usr bin sbin lib lib64 boot dev proc sys run system library windows applications programdata private`)
const MIN_NAMES = 3
const MAX_FOLDERS = 12
const MAX_LISTED = 256

/** By argument; one for which no folder may be chosen is not there. @param args as they are, none of them masked */
export function withinOffers(args: Args, place: ServerPlace): Readonly<Record<string, WithinOffer>> {
  const offers = Object.keys(args).flatMap((name) => {
    const site = siteOffer(name, textsOf(args[name]))
    if (site !== undefined) return [[name, site] as const]
    const there = placeOf(name, args, place)
    const folders = foldersFor(name, args, place, there)
    if (folders.length === 0) return []
    const byDefault = defaultOf(name, args[name], folders, there)
    return [[name, { folders, ...(byDefault !== undefined && { byDefault }) }] as const]
  })
  return Object.fromEntries(offers)
}

/**
 * Half a sentence about why an argument isn't covered; undefined where each of its values lies below the folder.
 * @param fixed the arguments whose values the grant fixes; a path can be relative to one of them
 */
export function whyNotWithin(
  name: string,
  folder: string,
  args: Args,
  place: ServerPlace | undefined,
  fixed: readonly string[] = Object.keys(args),
): string | undefined {
  const values = Object.hasOwn(args, name) ? textsOf(args[name]) : undefined
  if (isSite(folder)) return whyNotOnSite(folder, values)
  const there = place && placeOf(name, args, place, fixed)
  const isJudged =
    place !== undefined &&
    there !== undefined &&
    values?.every((value) => isAbsolute(value, there) || isClear(value, folder, place, there))
  if (there === undefined || isJudged !== true) return 'can not be judged as a path'
  if (!isReal(folder, there)) return `can not be judged: ${folder} is reached through a link`
  const inside = fits({ path: `${folder}/*/**` }, values, there)
  if (inside.kind !== 'fits') return `is not below ${folder}: ${inside.why}`
  const hidden = fits({ path: `${folder}/**/.*/**` }, values, there)
  return hidden.kind === 'misfits' ? undefined : `has a hidden name below ${folder}`
}

function foldersFor(name: string, args: Args, place: ServerPlace, there: ServerPlace): readonly string[] {
  if (!isPath(name, args[name], there)) return []
  const shared = sharedFolder(args[name], there)
  if (shared === undefined) return []
  const all = shared.names.map((_, index) => ({ ...shared, names: shared.names.slice(0, index + 1) }))
  return (
    all
      .toReversed()
      .filter((folder) => mayBeChosen(folder, place))
      .map(written)
      // What is relative to a folder of the call says nothing about what is above that one.
      .filter((folder) => there.base === place.base || isBelow(folder, there))
      .filter((folder) => whyNotWithin(name, folder, args, place) === undefined)
      .slice(0, MAX_FOLDERS)
  )
}

function isBelow(folder: string, { base = '/' }: ServerPlace): boolean {
  return `${folder}/`.startsWith(`${base.replace(/\/+$/, '')}/`)
}

function isPath(name: string, value: unknown, place: ServerPlace): boolean {
  const words = argumentWords(name)
  const isNamed = words.some((word) => PATHS.has(word) || FOLDERS.has(word))
  if (!isNamed && !words.some((word) => EITHER.has(word))) return false
  return textsOf(value)?.every((text) => isAbsolute(text, place) || (isNamed && /[/.\\]/.test(text))) === true
}

/** The folder that a path is in, or that all of a list are in. */
function sharedFolder(value: unknown, place: ServerPlace): Names | undefined {
  const [first, ...others] = textsOf(value)?.map((text) => namesOf(text, place)) ?? []
  if (first === undefined || others.includes(undefined)) return undefined
  return others.reduce<Names>((all, one) => common(all, one ?? all), parentOf(first))
}

/** The project: a repository, where the server works, or a folder that it was started for. Else the file's own folder. */
function defaultOf(
  name: string,
  value: unknown,
  folders: readonly string[],
  place: ServerPlace,
): string | undefined {
  const { disk } = place
  // Elsewhere links can't be followed; and what is a folder itself (a repository) stays the same the whole day.
  if (disk === undefined || argumentWords(name).some((word) => FOLDERS.has(word))) return undefined
  const isFolder = (text: string): boolean => {
    const names = namesOf(text, place)
    return names !== undefined && disk.look(`${written(names)}/.`).kind === 'there'
  }
  if (textsOf(value)?.some(isFolder) !== false) return undefined
  const shared = sharedFolder(value, place)
  const started = [place.base, ...(place.roots ?? [])].flatMap((root) => {
    const names = root === undefined ? undefined : namesOf(root, place)
    return names === undefined ? [] : [written(names)]
  })
  return (
    folders.find((folder) => disk.look(`${folder}/.git`).kind === 'there') ??
    folders.find((folder) => started.includes(folder)) ??
    folders.find((folder) => shared !== undefined && folder === written(shared))
  )
}

/** A link could be set to lead anywhere, into the system or to hidden folders, after somebody chose it. */
function isReal(folder: string, place: ServerPlace): boolean {
  const parse = parserOf(place)
  const path = parse(folder)
  if (path === undefined || place.disk === undefined) return path !== undefined
  const end = walkPath(path, place.disk, parse)
  return end !== undefined && written(end) === written(path)
}

interface Names {
  /** `''`, or a drive such as `C:`. */
  readonly root: string
  readonly names: readonly string[]
}

function mayBeChosen({ root, names }: Names, place: ServerPlace): boolean {
  if (names.length < MIN_NAMES || SYSTEM.has(names[0]?.toLowerCase() ?? '')) return false
  if (names.some((name) => name.startsWith('.') || /[*?{}[\]\\]/.test(name.normalize('NFKC')))) return false
  const home = place.home === undefined ? undefined : namesOf(place.home, place)
  return home === undefined || !isAtOrAbove({ root, names }, home)
}

function spell(names: readonly string[]): string {
  return `${names.join('/').normalize('NFKC').toLowerCase()}/`
}

function isAtOrAbove(folder: Names, path: Names): boolean {
  return (
    folder.root.toLowerCase() === path.root.toLowerCase() && spell(path.names).startsWith(spell(folder.names))
  )
}

/** Of plain paths alone; undefined for others, and for what is relative to a folder that isn't known. */
function namesOf(text: string, place: ServerPlace): Names | undefined {
  const slashed = place.platform === 'win32' ? text.replaceAll('\\', '/') : text
  if (isAbsolute(slashed, place)) {
    const [, root = '', rest = ''] = /^([a-z]:)?\/(.*)$/is.exec(slashed) ?? []
    return place.platform === 'win32' && root === '' ? undefined : plain(root, rest.split('/'))
  }
  if (place.base === undefined || /^(?:~|\/)|^[a-z]:/i.test(slashed)) return undefined
  const base = isAbsolute(place.base, place) ? namesOf(place.base, place) : undefined
  return base && plain(base.root, [...base.names, ...slashed.split('/')])
}

function plain(root: string, parts: readonly string[]): Names | undefined {
  const names = parts.filter((name) => name !== '' && name !== '.')
  return names.length === 0 || names.includes('..') ? undefined : { root, names }
}

function isAbsolute(text: string, { platform }: ServerPlace): boolean {
  return platform === 'win32' ? /^[a-z]:[/\\]/i.test(text) : text.startsWith('/')
}

/**
 * Where the relative paths of an argument are: where the server works, or in the folder that another argument names, where
 * that one is the only other place of the call, whole, there, and fixed. Else nowhere that is known.
 */
function placeOf(
  name: string,
  args: Args,
  place: ServerPlace,
  fixed: readonly string[] = Object.keys(args),
): ServerPlace {
  const nowhere = { ...place, base: undefined }
  const others = Object.keys(args).filter((other) => other !== name && isPlaceName(other))
  const [beside] = others
  if (beside === undefined) return place
  const value = args[beside]
  const isFolder =
    others.length === 1 &&
    fixed.includes(beside) &&
    typeof value === 'string' &&
    !argumentWords(beside).some((word) => EITHER.has(word)) &&
    isAbsolute(value, place) &&
    namesOf(value, place) !== undefined &&
    place.disk?.look(`${value}/.`).kind === 'there'
  return isFolder ? { ...place, base: value } : nowhere
}

function isPlaceName(name: string): boolean {
  return argumentWords(name).some(
    (word) => FOLDERS.has(word) || PATHS.has(word) || EITHER.has(word) || word === 'base',
  )
}

/** A relative path that means one file: not a sign for many, and nothing of this name where the server works. */
function isClear(value: string, folder: string, place: ServerPlace, there: ServerPlace): boolean {
  if (there.base === undefined) return false
  if (there === place) return true
  if (/^[:!-]|[*?[\]{}]/.test(value) || place.base === undefined || place.disk === undefined) return false
  if (fits({ path: `${folder}/*/**` }, value, place).kind === 'fits') return true
  return place.disk.look(`${place.base}/${value}`).kind === 'missing'
}

function parentOf({ root, names }: Names): Names {
  return { root, names: names.slice(0, -1) }
}

/** Of a folder and of the folder that a path is in. */
function common(folder: Names, path: Names): Names {
  const own = parentOf(path)
  const end = folder.names.findIndex((name, index) => name !== own.names[index])
  const isSame = folder.root.toLowerCase() === own.root.toLowerCase()
  return { root: folder.root, names: isSame ? folder.names.slice(0, end === -1 ? undefined : end) : [] }
}

function written({ root, names }: Names): string {
  return `${root}/${names.join('/')}`
}

function textsOf(value: unknown): readonly string[] | undefined {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value]
  const texts = all.filter((one) => typeof one === 'string')
  return all.length > 0 && all.length <= MAX_LISTED && texts.length === all.length ? texts : undefined
}
