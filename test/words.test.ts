/**
 * The words of the house (ARCHITECTURE.md, Words): each name that is exported means one thing, so that whoever reads it
 * or looks for it finds the one that is meant. Found by text, as the compiler has no interface of its own here.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve, sep } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Exported by two files on purpose, and why. */
const SAME_MEANING: Readonly<Record<string, string>> = {
  peerOf: 'the same question, answered on Linux and on macOS',
  readTable: 'the same question, answered on Linux and on macOS',
  sitsAtTerminal: 'the same question, answered on Linux and on macOS',
}

/**
 * File names that may come several times in one room, and why. Any other name says which of a room's files is meant,
 * also where a comment cites it without its folder.
 */
const ONE_EACH: Readonly<Record<string, string>> = {
  options: 'the slice of servers.yaml, or of the command line, that a room, a store or a verb reads',
  store: 'one a store, beside the interface that all of them have',
  http: 'how a store is asked over HTTP',
  leases: 'the leases of a store',
  login: 'the logins at a store',
  session: 'the token of a store',
  token: 'the token of a store',
  check: 'a verb, and an action of `sidemux secrets`',
  dispatch: 'the actions of a verb',
  list: 'an action of a verb',
  policy: 'a verb, and an action of `sidemux secrets`',
}

const EXPORT =
  /^export (?:default )?(?:declare )?(?:abstract )?(?:async )?(?:type|interface|class|function\*?|const|let|enum) ([\w$]+)|^export (?:const )?\{([^}]*)\}(?! from)/gm

/** The names that a file declares and exports. What it hands on from another file isn't declared here. */
function declaredIn(text: string): string[] {
  return [...text.matchAll(EXPORT)].flatMap(([, one, several]) =>
    one === undefined
      ? (several ?? '')
          .split(',')
          .map((name) =>
            name
              .replace(/^\s*type\s/, '')
              .replace(/^.*\sas\s/s, '')
              .trim(),
          )
          .filter((name) => name !== '')
      : [one],
  )
}

/** The names that more than one file declares, each with its files. Overloads of one file are one declaration. */
function homonyms(texts: Readonly<Record<string, string>>): string[] {
  const files = new Map<string, Set<string>>()
  for (const [file, text] of Object.entries(texts)) {
    for (const name of declaredIn(text)) files.set(name, (files.get(name) ?? new Set()).add(file))
  }
  return [...files]
    .filter(([name, { size }]) => size > 1 && !Object.hasOwn(SAME_MEANING, name))
    .map(([name, found]) => `${name}: ${[...found].toSorted().join(', ')}`)
    .toSorted()
}

const src = resolve(import.meta.dirname, '../src')
const texts = Object.fromEntries(
  readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [file.split(sep).join('/'), readFileSync(join(src, file), 'utf8')]),
)

/**
 * How a head doesn't begin: with a question word it says what something is about, and the reader has to find out what
 * the file does. "Decides whether ...", "Keeps what ..." say it first.
 */
const RIDDLE = /^(?:what|whatever|whether|who|whom|whose|whoever|how|which|where|when|why)\b/i

/** What is wrong with the comment that a file begins with; undefined where it is all right. */
function headFault(text: string): string | undefined {
  const [, block, line] = /^(?:#!.*\n)?(?:\/\*\*([\s\S]*?)\*\/|\/\/(.*))/.exec(text) ?? []
  const head = block ?? line
  if (head === undefined) return 'begins with no comment'
  const words = head.replace(/^\s*\*/gm, '').trim()
  return RIDDLE.test(words) ? 'begins with a question word' : undefined
}

describe('heads', () => {
  it('say first what the file does', () => {
    const faults = Object.entries(texts).flatMap(([file, text]) => {
      const fault = headFault(text)
      return fault === undefined ? [] : [`${file} ${fault}`]
    })
    expect(faults).toEqual([])
  })

  it.each([
    ['import a from "a"\n/** Reads a. */\n', 'begins with no comment'],
    ['/** What a reads. */\nimport a from "a"\n', 'begins with a question word'],
    ['/**\n * Whoever reads a.\n */\nimport a from "a"\n', 'begins with a question word'],
    ['/**\n * Reads a,\n * what it is.\n */\nimport a from "a"\n', undefined],
    ['#!/usr/bin/env node\n// Takes the signal.\nrun()\n', undefined],
    ['/** Whereabouts of a. */\n', undefined],
  ])('are judged: %j %s', (text, fault) => {
    expect(headFault(text)).toBe(fault)
  })
})

/** The names that several files of one room have, each with its files. */
function doubles(paths: readonly string[]): string[] {
  const files = new Map<string, string[]>()
  for (const path of paths) {
    const key = `${path.split('/')[0]}: ${basename(path, '.ts')}`
    files.set(key, [...(files.get(key) ?? []), path])
  }
  return [...files.values()]
    .filter((found) => found.length > 1 && !Object.hasOwn(ONE_EACH, basename(found[0] ?? '', '.ts')))
    .map((found) => found.toSorted().join(', '))
}

describe('file names', () => {
  it('come once in a room', () => {
    expect(doubles(Object.keys(texts))).toEqual([])
  })

  it('of the list of those that come once in each folder still come more than once', () => {
    const names = Object.keys(texts).map((path) => basename(path, '.ts'))
    const once = Object.keys(ONE_EACH).filter((name) => names.filter((other) => other === name).length < 2)
    expect(once).toEqual([])
  })

  it.each([
    [['upstream/wire.ts', 'upstream/remote/wire.ts'], ['upstream/remote/wire.ts, upstream/wire.ts']],
    [['upstream/wire.ts', 'dashboard/wire.ts'], []],
    [['secrets/stores/aws/store.ts', 'secrets/stores/gcp/store.ts'], []],
  ])('are compared within a room: %j', (paths, expected) => {
    expect(doubles(paths)).toEqual(expected)
  })
})

describe('exported names', () => {
  it('mean one thing each', () => {
    expect(homonyms(texts)).toEqual([])
  })

  it('of the list of those with one meaning are still exported by several files', () => {
    const names = Object.values(texts).flatMap((text) => [...new Set(declaredIn(text))])
    expect(
      Object.keys(SAME_MEANING).filter((name) => names.filter((other) => other === name).length < 2),
    ).toEqual([])
  })

  it.each([
    ['export interface Part {', 'Part'],
    ['export type Part = string', 'Part'],
    ['export abstract class Part {', 'Part'],
    ['export class Part<T> {', 'Part'],
    ['export async function entry() {', 'entry'],
    ['export function* entry() {', 'entry'],
    ['export const entry = 1', 'entry'],
    ['export enum Part {', 'Part'],
    ['export declare const entry: 1', 'entry'],
    ['export { entry }', 'entry'],
    ['export {\n  type Part,\n  other as entry,\n}', 'Part'],
    ['export const { entry, other } = found', 'entry'],
  ])('are found in %j', (declaration, name) => {
    const found = homonyms({ 'a.ts': declaration, 'b.ts': `/** Another. */\nexport type ${name} = 1` })
    expect(found).toEqual([`${name}: a.ts, b.ts`])
  })

  it.each([
    'export { entry } from "./b.ts"',
    'export type { entry } from "./b.ts"',
    'export * from "./b.ts"',
    'const entry = 1',
    ' * export const entry = 1',
    'export const entries = 1',
  ])('are not found in %j', (text) => {
    expect(homonyms({ 'a.ts': text, 'b.ts': 'export const entry = 1' })).toEqual([])
  })
})
