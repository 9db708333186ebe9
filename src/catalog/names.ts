/**
 * The names that the host sees: `<server>_<tool>` in `[A-Za-z0-9_-]`, at most 46 characters. VS Code leaves 46 of
 * its 64, one tool with an illegal name costs some hosts the whole list, and Cursor loses names with `__`.
 *
 * A tool that says its server itself isn't told twice: `slack_get_users`, `slack-get_users` and `slack.get_users` of
 * `slack` are `slack_get_users`. What doesn't fit is shortened and gets eight digits of a hash of server and tool.
 *
 * Server ids have no `_`, so the first one ends the server's name, and no server can take a name of another: a name
 * never changes because another server was added. Within a server two tools can want one name. Then the tool that is
 * called exactly so has it, because pages call by such names; else the one that says its server less; the others get
 * a hash. In which order they are listed makes no difference. Pure.
 */
import { sha256 } from '../json/canonical.ts'
import type { Edit } from './edit.ts'

export const MAX_EMITTED_LENGTH = 46
const HASH_DIGITS = 8

const FITS = /^(?!_)(?!.*__)[A-Za-z0-9_-]+$/
const SEPARATORS = /^[-_. /:]/

/**
 * The names of all that one server calls so, by its own names.
 * @param isNew it takes no name from one that isn't
 */
export function emittedNames(
  server: string,
  names: readonly string[],
  isNew: (name: string) => boolean = () => false,
): ReadonlyMap<string, string> {
  const all = new Map<string, string>()
  const holders = new Map<string, string>()
  for (const name of new Set(names)) {
    const emitted = emittedName(server, name)
    const holder = holders.get(emitted)
    const isFirst =
      holder === undefined ||
      (isNew(name) === isNew(holder) ? compare(name, holder, emitted) < 0 : isNew(holder))
    if (isFirst) holders.set(emitted, name)
    all.set(name, isFirst ? emitted : hashedName(server, name))
    if (isFirst && holder !== undefined) all.set(holder, hashedName(server, holder))
  }
  return all
}

/** What a tool is called where no other of its server wants the same name. */
export function emittedName(server: string, tool: string): string {
  const own = withoutServer(server, tool)
  const plain = `${server}_${own}`
  return plain.length <= MAX_EMITTED_LENGTH && FITS.test(own) ? plain : hashedName(server, tool)
}

/** What isn't simply the server's name in front of its own. */
export function nameEdits({ server, name, emitted }: Named): readonly Edit[] {
  if (emitted === `${server}_${name}`) return []
  const why =
    emitted === `${server}_${withoutServer(server, name)}`
      ? 'it says its server itself'
      : `a name has at most ${MAX_EMITTED_LENGTH} of A-Z, a-z, 0-9, _ and -, and is no other's of that server`
  return [{ what: 'renamed', part: 'name', why }]
}

interface Named {
  readonly server: string
  readonly name: string
  readonly emitted: string
}

function hashedName(server: string, tool: string): string {
  const suffix = `-${sha256(`${server}\0${tool}`).slice(0, HASH_DIGITS)}`
  const room = MAX_EMITTED_LENGTH - server.length - 1 - suffix.length
  const readable = withoutServer(server, tool)
    .replace(/[^A-Za-z0-9-]+/g, '_')
    .replace(/^_+/, '')
    .slice(0, room)
    .replace(/[_-]+$/, '')
  return `${server}_${readable === '' ? 'tool' : readable}${suffix}`
}

/** `slackGet` says its server too; `slackbot_get` says another word. */
function withoutServer(server: string, tool: string): string {
  const said = new RegExp(`^${server.split('-').join('[-_. ]?')}`, 'i').exec(tool)?.[0]
  if (said === undefined) return tool
  const rest = tool.slice(said.length)
  const isNextWord = /[a-z0-9]$/.test(said) && /^[A-Z]/.test(rest)
  const own = isNextWord ? rest : rest.replace(SEPARATORS, '')
  return own === '' || (own === rest && !isNextWord) ? tool : own
}

function compare(a: string, b: string, emitted: string): number {
  if (a === emitted || b === emitted) return a === emitted ? -1 : 1
  return a.length - b.length || (a < b ? -1 : 1)
}
