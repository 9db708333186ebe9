/**
 * Does a tool's name speak against a claim to be read-only? (promise 4)
 *
 * The name is cut into words at everything that is no letter and where camelCase turns. A word of the lists below
 * speaks against the claim, in any inflection. Behind a reading verb (`get`, `list`, …) it may be a noun instead:
 * there plurals and participles pass (`list_orders`, `get_created_at`), and so do words that are as often nouns
 * (`get_commit`, `get_merge_request`). A conjunction (`get_and_…`) ends that leniency. Letters outside ASCII are
 * not read at all: they may only look like the ones they seem to be.
 *
 * In doubt a name is suspect, because then a human is asked. A name proves nothing; this only catches the tools
 * whose name and claim don't fit together.
 */

export interface Suspect {
  /** A word of the lists below, or a description; never the server's own text. */
  readonly word: string
  /** It names something that can't be taken back. */
  readonly destroys: boolean
}

const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/))

const READING = set(`
  get list search read find fetch query show describe view lookup count check inspect browse explain summarize
  summarise analyze analyse compare diff preview peek poll tail head stat status validate verify retrieve scan`)

const CONJUNCTIONS = set('and or then plus')

const DESTROYING = set(`
  delete del remove rm rmdir rmfile rmrf unlink drop destroy erase purge prune truncate wipe shred overwrite discard
  expunge obliterate kill killall terminate uninstall revoke exec execute eval evaluate shell sudo bash powershell cmd`)

const CHANGING = set(`
  abort accept activate add allocate alter append apply approve assign attach authorise authorize buy cancel chgrp
  chmod chown clear click clone compose configure connect create deactivate deallocate decline decrement delegate
  demote deny deploy deprovision deregister detach disable disconnect dismiss dispatch edit elevate enable enqueue
  dequeue escalate evict exfiltrate fill hide impersonate increment inject insert install instantiate invoke kick
  login logout make migrate mkdir mkfile modify move mute mutate mv navigate notify pay persist prepend press
  promote provision publish put quarantine reassign reboot rebuild recreate redeploy register reinstall reject
  remount rename reopen reorder replace rerun resend reserve resize restart restore resume revert rewrite rollback
  rotate save sell send sendmail setup shutdown spawn stop submit subscribe suspend swap sync synchronise synchronize
  toggle transmit tweak tweet unarchive unassign unban unblock undeploy undo unfollow unlike unlock unmute unpin
  unpublish unregister unset unshare unstash unsubscribe unsuspend untag update upsert whitelist withdraw write`)

/** Verbs that are nouns at least as often; behind a reading verb they are taken for nouns. */
const NOUNS_TOO = set(`
  archive backup ban block book build burn call change charge checkout close comment commit copy cp download duplicate
  email export fix flag flush follow fork format forward grant import invite launch like link lock mail mark merge
  message mint order paste patch pin post pull purchase push queue refund release reply request reset retry run
  schedule seed set share sign spend star start stash store tag touch trade transfer transform trash trigger type
  upgrade downgrade upload vote watch wire`)

/** Long enough to be recognised inside a word that was written without separators (`deletefile`). */
const EMBEDDED = [...DESTROYING, ...CHANGING].filter((word) => word.length >= 6)
const EMBEDDED_FIRST = ['exec', 'send', 'kill', 'write', 'erase', 'purge', 'drop', 'eval']
const NOMINAL = /(?:ions?|ments?|ers?|ors?|als?|ances?|ees?)$/
const HARMLESS = set(`
  setting settings typing typescript sender senders sendgrid killer writer writers dropbox dropdown dropdowns droplet
  droplets executive executives execution executions evaluation evaluations evaluator`)

export function suspectWord(name: string): Suspect | undefined {
  if (!/^[\x20-\x7e]*$/.test(name) || !/[A-Za-z]/.test(name)) {
    return { word: "in letters that can't be compared", destroys: false }
  }
  const words = wordsOf(name)
  const readsSomewhere = words.some((word) => READING.has(word))
  let reading = false
  let suspect: Suspect | undefined
  for (const word of words) {
    if (READING.has(word)) reading = true
    else if (CONJUNCTIONS.has(word)) reading = false
    const found = judge(word, reading, readsSomewhere)
    if (found?.destroys) return found
    suspect ??= found
  }
  return suspect
}

/** Lower-case words; a stretch with odd capitals (`DELETEall`, `dEleTe`) also as it reads without them. */
function wordsOf(name: string): string[] {
  return name.split(/[^A-Za-z]+/).flatMap((stretch) => {
    const parts = (stretch.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? []).map((part) => part.toLowerCase())
    const odd = /[A-Z]{2}[a-z]/.test(stretch) || parts.some((part) => part.length < 3)
    return odd && parts.length > 1 ? [...parts, stretch.toLowerCase()] : parts
  })
}

function judge(word: string, reading: boolean, readsSomewhere: boolean): Suspect | undefined {
  if (HARMLESS.has(word)) return undefined
  for (const { base, form } of readings(word)) {
    const nounToo = NOUNS_TOO.has(base)
    if (!nounToo && !CHANGING.has(base) && !DESTROYING.has(base)) continue
    const isNoun = reading
      ? nounToo || form === 'plural' || form === 'participle'
      : readsSomewhere && nounToo && form === 'plural'
    return isNoun ? undefined : { word: base, destroys: DESTROYING.has(base) }
  }
  const stem =
    EMBEDDED.find((verb) => word.includes(verb)) ?? EMBEDDED_FIRST.find((verb) => word.startsWith(verb))
  if (stem === undefined || (reading && NOMINAL.test(word))) return undefined
  return { word: stem, destroys: DESTROYING.has(stem) }
}

interface Reading {
  readonly base: string
  readonly form: 'base' | 'plural' | 'participle' | 'gerund'
}

/** What a word may be an inflection of: `stopped` of stopp, stoppe, stop. */
function readings(word: string): Reading[] {
  const found: Reading[] = [{ base: word, form: 'base' }]
  const add = (form: Reading['form'], ending: RegExp, ...instead: string[]): void => {
    if (ending.test(word)) found.push(...instead.map((end) => ({ base: word.replace(ending, end), form })))
  }
  add('plural', /s$/, '')
  add('plural', /es$/, '')
  add('plural', /ies$/, 'y')
  add('participle', /ed$/, '', 'e')
  add('participle', /ied$/, 'y')
  add('participle', /(?<=(.))\1ed$/, '')
  add('gerund', /ing$/, '', 'e')
  add('gerund', /(?<=(.))\1ing$/, '')
  return found
}
