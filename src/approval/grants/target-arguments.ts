/**
 * Finds the arguments of a call that say on what it works (a path, a repository, a table, a channel). A grant fixes
 * them unless a human says otherwise. What is written there (a text, a title, records) stays free, or the grant would
 * never fit a second time. By the names of the arguments, then by what the schema says, then by the value.
 *
 *   what is run       always fixed: the statement is what the call does
 *   content           free
 *   paging, looks     free, as what is searched for is in a tool that only looks
 *   places            fixed: the repository, the table, the channel
 *   what is in them   free beside a place that is fixed (an issue's number, a record), else fixed
 *   choices           fixed, and so is whatever isn't known
 *   places in content fixed: a message with its channel in it (named-within.ts)
 *
 * Of what can't be undone only plain content is free, and never everything. Pure.
 */
import { carriesWork } from '../../policy/risk/arguments.ts'
import type { RiskClass } from '../../policy/risk-class.ts'
import { readName, takesWork } from '../../policy/words/words.ts'
import { argumentWords, lastWordOf } from '../words/argument-words.ts'
import { namedWithin } from './named-within.ts'
import { isRecord } from '../../json/record.ts'

export interface GrantedTool {
  /** The server's own name of it. */
  readonly tool: string
  readonly inputSchema?: unknown
  readonly risk: RiskClass
  readonly args: Readonly<Record<string, unknown>>
}

const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/))

/** What is written, said or sent. */
const CONTENT = set(`
  content contents text texts body message messages title subject description summary comment comments note notes
  caption html markdown md snippet paragraph paragraphs replacement prompt instructions answer reply rationale
  reason feedback details csv string`)
/** Of those what is done where a tool runs what it is given (`run_agent`). */
const ORDERS = set('prompt instructions message text description content string')
/** The same in lists and objects, and what is set beside a text. */
const ENTRIES = set(`
  value values field fields property properties record records row rows entry entries item items entity entities
  relation relations observation observations document documents block blocks children data payload metadata label labels tag tags assignee assignees
  reviewers milestone reaction emoji color icon cover priority estimate weight deadline due start end date dates
  time timezone zone reminders recurrence definition options tasks events issues nodes rating`)
/** How much of an answer, and in which form. */
const LOOKS = set(`
  limit offset page pages cursor token size count max min per sort order direction format verbose depth timeout
  width height quality lines results`)
/** What is looked for. */
const SEARCHED = set(`
  query queries q search keyword keywords term terms pattern filter filters question expression regex since until
  before after from to state status type types language topic topics`)
/** Of those what a tool that doesn't read by its name does, or to whom. */
const CHOSEN = set('from to state status type types')
/** How much of it, where nobody knows what the tool does. */
const AMOUNTS = set('amount amounts price quantity qty total budget fee tip balance percent shares')
/** On what it works; the last word of the name counts. */
const TARGETS = set(`
  path paths file files filename filenames filepath filepaths dir dirs directory directories folder folders root cwd
  repo repos repository repositories owner org organization organisation user username users account accounts project
  projects workspace team group channel channels room conversation chat thread ts timestamp table tables database databases db
  collection collections dataset index bucket buckets key keys url urls uri uris link href host hostname domain domains
  server servers endpoint address addresses id ids uid uids uuid iid iids guid gid sha hash ref refs branch branches
  base head remote commit commits namespace cluster context node pod container containers image service resource resources
  name names slug selector element to cc bcc recipient recipients attendees email emails phone number source destination
  src dest dst from target parent board card issue pr story epic task device region environment profile session
  connection calendar library package port queue stream scope`)
/** Words of both kinds: the value tells. */
const EITHER = set(`
  document documents file files project parent issue issues event task page node nodes element image data list
  attachment attachments`)
/** What is changed, where it has members; else a choice. */
const CHANGES = set('update updates change changes edit edits input inputs')
/** In what the thing is that it works on; any word of the name counts. */
const PLACES = set(`
  path file filename filepath dir directory folder root cwd repo repository owner org organization organisation
  account project workspace team group channel room conversation chat table database db collection dataset index bucket
  key url uri link href host hostname domain server endpoint branch base remote namespace cluster context container
  calendar board site space drive region environment profile session connection queue topic stream to cc bcc recipient
  recipients attendees email emails user users source destination src dest dst from`)

const LONG = 160
const MAX_LOOK = 2000

/** Names of arguments of the call, in its order. */
export function targetArguments(call: GrantedTool): readonly string[] {
  const names = Object.keys(call.args)
  const fixed = fixedOf(names, call)
  if (call.risk === 'destructive') return fixed.length === 0 ? names : fixed
  // Which one of what is there is left open: a comment on this issue of a repository, then on that one.
  return fixed.some(isPlaceName) ? fixed.filter((name) => isPlaceName(name) || !isTarget(name)) : fixed
}

/** By their names, and what can't be left free because of what is in it. */
function fixedOf(names: readonly string[], call: GrantedTool): readonly string[] {
  const byName = new Set(names.filter((name) => !isFree(name, call)))
  const hasPlace = [...byName].some(isPlaceName)
  return names.filter((name) => {
    if (byName.has(name)) return true
    const named = namedWithin(call.args[name], lastWordOf, names.length === 1)
    return named === 'out' || (named === 'within' && !hasPlace)
  })
}

/** Of those the ones that say where: the repository, and not which issue of it. */
export function placeArguments(call: GrantedTool): readonly string[] {
  return targetArguments(call).filter(isPlaceName)
}

/** Whether what it is given says where, in whatever argument: by its name, or within it. */
export function worksSomewhere(call: GrantedTool): boolean {
  const { args } = call
  const isOnly = Object.keys(args).length === 1
  return targetArguments(call).some(
    (name) => isPlaceName(name) || namedWithin(args[name], lastWordOf, isOnly) !== 'nothing',
  )
}

function isFree(name: string, { tool, inputSchema, risk, args }: GrantedTool): boolean {
  // What a tool that changes something is given to write is no statement (`create_pull_request`, `jira_put`).
  if (carriesWork(risk === 'write' ? '' : tool, name)) return false
  const value = args[name]
  const last = lastWordOf(name)
  if (ORDERS.has(last) && risk !== 'write' && takesWork(tool)) return false
  if (CONTENT.has(last)) return true
  if (risk === 'destructive') return false
  const looksOnly = risk === 'read' || risk === 'unknown'
  const isSearched = SEARCHED.has(last) && (!CHOSEN.has(last) || readName(tool).says === 'reads')
  if (looksOnly && isSearched && !isPlace(value)) return true
  const isFigure = looksOnly ? !TARGETS.has(last) && !AMOUNTS.has(last) : LOOKS.has(last)
  if (typeof value === 'number' && isFigure) return true
  if (EITHER.has(last)) return isWritten(value)
  if (CHANGES.has(last)) return isWritten(value) || isRecord(value)
  if (TARGETS.has(last)) return false
  if (LOOKS.has(last) || ENTRIES.has(last)) return !isSwitch(value)
  return !isChoice(name, inputSchema, value) && isWritten(value)
}

function isPlaceName(name: string): boolean {
  return argumentWords(name).some((word) => PLACES.has(word))
}

function isTarget(name: string): boolean {
  return TARGETS.has(lastWordOf(name))
}

/** What searches take for a place (`from: "/etc"`) is one. */
function isPlace(value: unknown): boolean {
  return typeof value === 'string' && /^(?:\.{0,2}\/|~|[A-Za-z]:\\|[a-z][a-z+.-]*:\/\/)/i.test(value)
}

function isSwitch(value: unknown): boolean {
  return typeof value === 'boolean'
}

function isChoice(name: string, inputSchema: unknown, value: unknown): boolean {
  if (isSwitch(value)) return true
  const properties = isRecord(inputSchema) ? inputSchema['properties'] : undefined
  const schema = isRecord(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined
  return isRecord(schema) && (schema['enum'] !== undefined || schema['const'] !== undefined)
}

/** A long text, several lines, or things with members of their own. */
function isWritten(value: unknown): boolean {
  if (typeof value === 'string') return value.length > LONG || /[\n\r]/.test(value)
  if (Array.isArray(value)) return value.slice(0, MAX_LOOK).some((one) => isWritten(one) || isRecord(one))
  return isRecord(value) && Object.values(value).slice(0, MAX_LOOK).some(isWritten)
}
