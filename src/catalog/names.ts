/**
 * The names that the host sees: `<server>_<tool>` in `[A-Za-z0-9_-]`, at most 46 characters. VS Code leaves 46 of
 * its 64, one tool with an illegal name costs some hosts the whole list, and Cursor loses names with `__`.
 *
 * A name is a function of server id and tool name alone, so it never changes because another server was added.
 * Server ids have no `_`, so the first one separates. What doesn't fit is shortened and gets eight digits of a
 * hash of both, which keeps `a.b` and `a_b` apart. Pure.
 */
import { sha256 } from '../canonical.ts'

export const MAX_EMITTED_LENGTH = 46
const HASH_DIGITS = 8

const FITS = /^(?!_)(?!.*__)[A-Za-z0-9_-]+$/

export function emittedName(server: string, tool: string): string {
  const plain = `${server}_${tool}`
  if (plain.length <= MAX_EMITTED_LENGTH && FITS.test(tool)) return plain
  const suffix = `-${sha256(`${server}\0${tool}`).slice(0, HASH_DIGITS)}`
  const room = MAX_EMITTED_LENGTH - server.length - 1 - suffix.length
  const readable = tool
    .replace(/[^A-Za-z0-9-]+/g, '_')
    .replace(/^_+/, '')
    .slice(0, room)
    .replace(/[_-]+$/, '')
  return `${server}_${readable === '' ? 'tool' : readable}${suffix}`
}
