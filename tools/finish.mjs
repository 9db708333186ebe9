// What is done with the files of the bundle before they are written (bundle.mjs).
import { decode, encode } from '@jridgewell/sourcemap-codec'
import { relative, resolve, sep } from 'node:path'

/**
 * Where something that is loaded later lies in the middle of a part, the bundler makes a file that only hands it on. Who
 * loads it takes it from the part instead, so that there are few files.
 *
 * @param output what rolldown made
 * @returns the same without those files
 */
export function withoutDoors(output) {
  const doors = new Map()
  for (const { type, isDynamicEntry, moduleIds = [], fileName, code } of output) {
    if (type !== 'chunk' || !isDynamicEntry || moduleIds.length > 0) continue
    const [, given, from] = /^export ?\{(.*)\} ?from ?"\.\/(.+)";\s*$/.exec(code) ?? []
    if (from === undefined) throw new Error(`${fileName} only hands on, and isn't written as it was: ${code}`)
    const members = given.split(',').map((one) => one.trim().split(' as '))
    const named = members.map(([its, name = its]) => `${name}: part.${its}`).join(', ')
    doors.set(fileName, `import("./${from}").then((part) => ({ ${named} }))`)
  }
  return output
    .filter(({ fileName }) => !doors.has(fileName))
    .map((file) => ({
      ...file,
      code: file.code?.replaceAll(/import\("\.\/([^"]+)"\)/g, (whole, name) => doors.get(name) ?? whole),
    }))
}

/** V8 keeps a text with one other character in it at two bytes for each. */
export function inAscii(code) {
  return code.replaceAll(/(\\*)([\u0080-\uffff])/g, (_whole, before, character) => {
    // It would end an escape that has begun.
    if (before.length % 2 === 1) throw new Error(`a ${JSON.stringify(character)} stands behind a backslash`)
    return `${before}\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/**
 * For stack traces (src/stack.ts): by file a source map (ECMA-426) that tells of each line where it came from. Columns
 * would make it six times as large.
 */
export function linesOf(chunks, root, dist) {
  const maps = chunks.flatMap(({ fileName, map }) => {
    if (map == null) return []
    const lines = decode(map.mappings).map((segments) => {
      const [, source, line] = segments.find((segment) => segment.length > 1) ?? []
      return source === undefined ? [] : [[0, source, line, 0]]
    })
    const sources = map.sources.map((source) => relative(root, resolve(dist, source)).replaceAll(sep, '/'))
    return [[fileName, { version: 3, names: [], sources, mappings: encode(lines) }]]
  })
  return Object.fromEntries(maps)
}
