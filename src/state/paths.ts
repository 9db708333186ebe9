/** The paths of what lies in the state directory, by the table of files.ts. Pure. */
import { dirname, join } from 'node:path'
import { sha256 } from '../json/canonical.ts'
import { STATE_FILES } from './files.ts'

type Files = typeof STATE_FILES
export type StateFileName = keyof Files

type Holes<Path extends string> = Path extends `${string}<${infer Hole}>${infer Rest}`
  ? Hole | Holes<Rest>
  : never

/** The path of a file, with its `<…>` filled in. */
export function stateFile<Name extends StateFileName>(
  stateDir: string,
  name: Name,
  parts: Readonly<Record<Holes<Files[Name]['path']>, string>>,
): string {
  return fill(stateDir, name, parts)
}

type BookFile = {
  [Name in StateFileName]: Files[Name]['path'] extends `${string}/<generation>.json` ? Name : never
}[StateFileName]

/** The directory of a book (book.ts). */
export function stateBook<Name extends BookFile>(
  stateDir: string,
  name: Name,
  parts: Readonly<Record<Exclude<Holes<Files[Name]['path']>, 'generation'>, string>>,
): string {
  return dirname(fill(stateDir, name, parts))
}

/** The directory in which all files of that name are. */
export function stateRoom(stateDir: string, name: StateFileName): string {
  return join(stateDir, dirname(STATE_FILES[name].path.replace(/<.*$/, '_')))
}

/** What stands in these names for a servers.yaml. @param file its path */
export function configKey(file: string): string {
  return sha256(file).slice(0, 16)
}

function fill(stateDir: string, name: StateFileName, parts: Readonly<Record<string, string>>): string {
  return join(
    stateDir,
    STATE_FILES[name].path.replace(/<(\w+)>/g, (hole, part: string) => parts[part] ?? hole),
  )
}
