/**
 * Finds out whether an argument's value itself says on what a call works, whatever the argument's name is: a message
 * that has its channel in it, entries with a path each, a value that is an address. Left free, it would let a grant
 * for one place reach every other. Pure.
 */

/**
 *   out     a place on this machine: an argument with it can take any file along, beside whatever place is fixed
 *   within  some place, which says little more where the call has another one
 */
export type Named = 'out' | 'within' | 'nothing'

const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/))

/** Members that say where; columns of records are called by the words for people and projects as often. */
const MEMBERS = set(`
  path paths file files filename filenames filepath filepaths dir directory folder cwd repo repos repository channel
  channels room table tables database bucket url urls uri uris href host hostname endpoint webhook namespace`)
/** In an argument that is the whole call. */
const IN_THE_ONLY_ONE = set(`
  owner org organization organisation account project workspace team group conversation chat thread db collection
  dataset index key link domain server branch base cluster context container calendar board site space page issue
  document card user recipient recipients id ids email to`)
const RECEIVERS = set('to cc bcc recipient recipients')

/** Of one line: what only begins with a slash (`/help`, a comment) is a text where there are spaces in it. */
const FILE =
  /^\s*(?:(?:\.{1,2}\/|~[/\\]|[A-Za-z]:[\\/]|\\\\|file:\/)[^\r\n]*|file:\S*|\/(?:\S*|[^\s/*][^\r\n]*\/[^\r\n]*))\s*$/i
const ADDRESS = /^[a-z][a-z0-9+.-]*:\/\/\S+$/i
const MAIL = /^[^\s@]+@[^\s@]+$/
const MAX_PATH = 4096
const MAX_VALUES = 2000
const MAX_JSON = 65_536

/** @param isOnly the call has no other argument */
export function namedWithin(value: unknown, wordOf: (name: string) => string, isOnly = false): Named {
  let named: Named = 'nothing'
  let left = MAX_VALUES
  const open: unknown[] = [value]
  while (open.length > 0) {
    const one = open.pop()
    // What isn't looked at can't be said to name nothing.
    if ((left -= 1) < 0) return named === 'nothing' ? 'within' : named
    if (typeof one === 'string') {
      if (one.length <= MAX_PATH && FILE.test(one)) return 'out'
      if (ADDRESS.test(one) || isMail(one)) named = 'within'
      open.push(...written(one))
    } else if (Array.isArray(one)) {
      for (const item of one.slice(0, MAX_VALUES) as unknown[]) open.push(item)
    } else if (one !== null && typeof one === 'object') {
      const members = Object.entries(one)
      if (members.some(([name]) => saysWhere(wordOf(name), members, isOnly && one === value)))
        named = 'within'
      for (const [, member] of members.slice(0, MAX_VALUES)) open.push(member)
    }
  }
  return named
}

function saysWhere(word: string, members: readonly [string, unknown][], isCall: boolean): boolean {
  if (MEMBERS.has(word) || (isCall && IN_THE_ONLY_ONE.has(word))) return true
  // What goes from one thing to another is a relation, and no mail.
  return (
    RECEIVERS.has(word) &&
    (!members.some(([name]) => name === 'from') || members.some(([, to]) => [to].flat().some(isMail)))
  )
}

function isMail(value: unknown): boolean {
  return typeof value === 'string' && value.length < 400 && MAIL.test(value)
}

/** What is in a text that is JSON itself. */
function written(text: string): readonly object[] {
  if (!/^\s*[{[]/.test(text) || text.length > MAX_JSON) return []
  try {
    return [JSON.parse(text) as object]
  } catch {
    return []
  }
}
