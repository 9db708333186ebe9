/**
 * Remembers where in the file a value stood that was moved while reading, so that every problem points at the line
 * that a person wrote.
 */
import type { Path } from '../problem.ts'

export class Moves {
  readonly #to = new Map<string, Path>()

  /** What is at `ours` now stands at `file` there, and so does all below it that isn't moved itself. */
  add(ours: Path, file: Path): void {
    this.#to.set(JSON.stringify(ours), file)
  }

  inFile(path: Path): Path {
    for (let length = path.length; length > 0; length -= 1) {
      const to = this.#to.get(JSON.stringify(path.slice(0, length)))
      if (to !== undefined) return [...to, ...path.slice(length)]
    }
    return path
  }
}

/** `key` of an entry stands at `to` in the file, seen from the entry. */
export type Move = (key: string, to: Path) => void
