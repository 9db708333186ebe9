/**
 * Server ids are part of every tool's name, so they are narrow: `[a-z0-9][a-z0-9-]{0,15}`. A pasted id outside
 * that is turned into the nearest one, which is said; two that would become the same are an error.
 */
import { RESERVED_SERVER } from '../../approval/facts/request.ts'
import { showKey, type Finding } from '../problem.ts'

const ID = /^[a-z0-9][a-z0-9-]{0,15}$/

/** Original id to id. Those that can't be used are left out. */
export function normaliseIds(originals: readonly string[], findings: Finding[]): ReadonlyMap<string, string> {
  const ids = new Map<string, string>()
  const takenBy = new Map<string, string>()
  // Who has a name as it is written keeps it, whatever is pasted above.
  for (const original of originals.toSorted((a, b) => Number(ID.test(b)) - Number(ID.test(a)))) {
    const id = normaliseId(original)
    const report = (severity: Finding['severity'], message: string, hint: string): void => {
      findings.push({ path: ['servers', original], on: 'key', severity, message, hint })
    }
    const other = takenBy.get(id)
    if (!ID.test(id)) {
      report(
        'error',
        'the name of this server holds no letter of a-z and no digit',
        'rename it, e.g. to "server-1"',
      )
    } else if (id.replace(/-+$/, '') === RESERVED_SERVER) {
      report(
        'error',
        `no server can be called "${RESERVED_SERVER}": what it says would be taken for what sidemux says`,
        'rename it; if it starts sidemux itself, remove it',
      )
    } else if (other !== undefined) {
      report('error', `${showKey(original)} and ${showKey(other)} both become "${id}"`, 'rename one of them')
    } else {
      takenBy.set(id, original)
      ids.set(original, id)
      if (id !== original) {
        report(
          'warning',
          `${showKey(original)} is called "${id}" here: a server's name has only a-z, 0-9 and -, at most 16 of them`,
          'rename it to choose another name',
        )
      }
    }
  }
  return ids
}

export function normaliseId(original: string): string {
  if (ID.test(original)) return original
  return original
    .slice(0, 256)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 16)
    .replace(/-+$/, '')
}
