/** The floors of the house: imports point downwards only, and rooms of one floor don't know each other. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { describe, expect, it } from 'vitest'

const FLOORS = [
  [
    'awake',
    'cancellation',
    'errors',
    'executable',
    'garbage',
    'heap',
    'nearest',
    'parsed-url',
    'passing',
    'json',
    'duration',
    'stack',
    'visible',
    'version',
    'watch',
    'log-levels',
  ],
  ['state', 'net', 'wire', 'confine'],
  ['log', 'secrets', 'policy', 'audit', 'schema', 'packages'],
  ['redact'],
  ['egress'],
  ['approval', 'upstream'],
  ['catalog', 'relay', 'trust'],
  ['dashboard', 'spill'],
  ['surface'],
  ['pipeline', 'config'],
  ['downstream', 'large', 'checkup'],
  ['sidecar'],
  ['commands'],
  ['cli'],
]
/**
 * The inner floors of the large rooms, lowest first. A loose file stands on the floor where it is named, without ".ts".
 * What one floor holds doesn't know each other.
 */
const INNER: Readonly<Record<string, readonly (readonly string[])[]>> = {
  approval: [
    ['wrap'],
    ['words'],
    ['grants'],
    ['facts'],
    ['hosts', 'options'],
    ['channels'],
    ['question'],
    ['queue'],
  ],
  audit: [['options', 'not-written'], ['chain'], ['facts', 'seals', 'read'], ['write', 'verify']],
  catalog: [
    ['edit', 'unseen', 'options', 'hosts', 'tool-limits', 'listed'],
    ['pins', 'schemas', 'addresses', 'names'],
    ['target', 'lock'],
    ['offers'],
    ['catalog'],
  ],
  checkup: [['declare-store', 'leaks'], ['plain-secrets']],
  commands: [
    ['io', 'help'],
    ['terminal'],
    ['common'],
    [
      'options',
      'approvals',
      'suggest',
      'explain',
      'login',
      'pin',
      'policy',
      'sandbox',
      'secrets',
      'trust',
      'update',
      'serve',
    ],
    ['check', 'first-answer'],
    ['logs', 'tools', 'call'],
    ['audit'],
    ['verbs'],
    ['main'],
  ],
  config: [
    ['problem', 'mapping', 'container', 'locked-launch'],
    ['config', 'file', 'text'],
    ['paste', 'place', 'asking', 'kept-down', 'loop'],
    ['schema', 'templates', 'for-rooms'],
    ['explain', 'blame', 'profile'],
    ['stores'],
    ['servers'],
    ['resolve'],
    ['judge'],
    ['load'],
    ['remembered'],
  ],
  confine: [
    ['paths', 'words', 'network'],
    ['facts', 'options', 'own-home', 'container-client'],
    ['mounts', 'real-files'],
    ['system', 'start-files'],
    ['gifts', 'confiner'],
    ['closed', 'profile', 'decision'],
    ['denied'],
  ],
  dashboard: [
    ['page-wire', 'browser', 'presence'],
    ['caller', 'page', 'local-state'],
    ['event', 'neighbours', 'assets'],
    ['door', 'notices'],
    ['opening', 'listeners'],
    ['showing'],
    ['dashboard'],
  ],
  policy: [
    ['words', 'glob', 'bucket', 'risk-class'],
    ['where', 'set'],
    ['options'],
    ['risk', 'spoken', 'rules-hash'],
    ['rules'],
    ['access', 'explain'],
  ],
  packages: [
    ['package-run', 'options', 'habits', 'run-installer', 'install-error'],
    ['wanted'],
    ['installed'],
    ['locked'],
    ['chosen'],
    ['order', 'package-book'],
    ['known'],
    ['tree', 'npm'],
    ['pypi'],
    ['packages'],
  ],
  secrets: [
    ['abort', 'secret', 'reference', 'environment', 'words'],
    ['store', 'single-flight', 'parts', 'tokens'],
    ['text'],
    ['local'],
    ['stores'],
    ['access', 'resolve'],
    ['leases'],
  ],
  sidecar: [
    ['journal', 'changes', 'carry', 'page', 'core-dumps'],
    ['asking', 'children', 'reload', 'trust'],
    ['host'],
    ['corridor'],
    ['generation'],
    ['rooms'],
    ['apply', 'pinning'],
    ['sidecar'],
  ],
  surface: [['modes'], ['options', 'own-tools', 'inner-call', 'kept'], ['search'], ['host-surface']],
  upstream: [
    ['limits'],
    ['wait', 'backoff', 'options', 'messages'],
    ['link'],
    ['process'],
    ['session', 'remote'],
    ['launch', 'life'],
  ],
}
const src = resolve(import.meta.dirname, '../src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
const roomOf = (file: string): string => (file.split(sep)[0] ?? '').replace(/\.ts$/, '')
const floorOf = (room: string): number => FLOORS.findIndex((floor) => floor.includes(room))

it('has a floor for every file of src/', () => {
  expect(files.filter((file) => floorOf(roomOf(file)) === -1)).toEqual([])
})

/** What a file imports, types too, by its path in src/. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8')
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, path]) =>
    relative(src, resolve(src, dirname(file), path ?? '')),
  )
}

it('imports downwards only', () => {
  const upwards = files.flatMap((file) =>
    importsOf(file)
      .filter(
        (target) =>
          roomOf(target) !== roomOf(file) &&
          floorOf(roomOf(target)) >= floorOf(roomOf(file)) &&
          floorOf(roomOf(file)) > 0,
      )
      .map((target) => `${file} -> ${target}`),
  )
  expect(upwards).toEqual([])
})

describe.each(Object.entries(INNER))('inside %s', (room, floors) => {
  const own = files.filter((file) => roomOf(file) === room)
  const partOf = (file: string): string => (file.split(sep)[1] ?? '').replace(/\.ts$/, '')
  const innerFloorOf = (file: string): number => floors.findIndex((floor) => floor.includes(partOf(file)))

  it('has a floor for every folder and every loose file, and names none that is gone', () => {
    expect(own.filter((file) => innerFloorOf(file) === -1)).toEqual([])
    expect(floors.flat().filter((part) => !own.some((file) => partOf(file) === part))).toEqual([])
  })

  it('imports downwards only', () => {
    const upwards = own.flatMap((file) =>
      importsOf(file)
        .filter(
          (target) =>
            roomOf(target) === room &&
            partOf(target) !== partOf(file) &&
            innerFloorOf(target) >= innerFloorOf(file),
        )
        .map((target) => `${file} -> ${target}`),
    )
    expect(upwards).toEqual([])
  })
})

it('has no circle of files, types and what is loaded later included', () => {
  const all = new Set(files)
  const arrows = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => all.has(target))
      .map((target) => [file, target] as const),
  )
  // Whoever imports nobody that is left, or is imported by nobody, is in none.
  let left = all
  let before = 0
  do {
    before = left.size
    const within = arrows.filter(([file, target]) => left.has(file) && left.has(target))
    const [from, to] = [new Set(within.map(([file]) => file)), new Set(within.map(([, target]) => target))]
    left = new Set([...left].filter((file) => from.has(file) && to.has(file)))
  } while (left.size < before)
  expect([...left]).toEqual([])
})

it('keeps no file beside a folder of its name', () => {
  const beside = files.filter((file) =>
    files.some((other) => other.startsWith(`${file.replace(/\.ts$/, '')}${sep}`)),
  )
  expect(beside).toEqual([])
})

it('names every file in kebab-case', () => {
  expect(files.filter((file) => !/^[a-z0-9./\\-]+$/.test(file))).toEqual([])
})

it('knows the SDK only where sidemux is an end of a connection, or judges what hosts on the SDK can read', () => {
  const knowing = files.filter((file) =>
    /from '@modelcontextprotocol\//.test(readFileSync(join(src, file), 'utf8')),
  )
  const ends = /^(upstream\/remote\/oauth\/.*|catalog\/schemas\/output-schema)\.ts$/
  expect(knowing.filter((file) => !ends.test(file.split(sep).join('/')))).toEqual([])
})

it('reads names from outside with a schema that loses none of them (json/named.ts)', () => {
  // What stands in servers.yaml is looked through for `__proto__` before (config/text/tree.ts).
  const ofConfig = /(^|[./])options\.ts$|^config\/schema\/schema\.ts$/
  const losing = files.filter(
    (file) =>
      !ofConfig.test(file.split(sep).join('/')) &&
      /\bz\s*\.(partialR|looseR|r)ecord\(/.test(readFileSync(join(src, file), 'utf8')),
  )
  expect(losing).toEqual([])
})
