/**
 * Rules for one server by which a person is asked less, with the reason of each line: tools that he said yes to several
 * times and never no, and tools that only read by name. What is destructive is never proposed, nor what a rule of his
 * asks about. His own rules stay as they are, and nothing is hidden by it that is listed today. Pure.
 */
import type { ToolRule, ToolRules } from '../../policy/options.ts'
import { canBeNamed, patternsOf } from '../../policy/risk/reading-tools.ts'
import { matchGlob } from '../../policy/glob.ts'
import type { Verdict } from '../../policy/rules.ts'
import { visibleLine } from '../../visible.ts'
import { boundsOf } from './bounds.ts'
import type { ToolHistory } from './history.ts'

export interface KnownTool {
  readonly name: string
  readonly verdict: Verdict
  /** It only reads by name, and is asked about for nothing else (catalog/offers/reading-group.ts). */
  readonly reads: boolean
  /** Undefined where nothing was ever said of it as it is now. */
  readonly said: ToolHistory | undefined
}

export interface Proposal {
  /** What it brings, for people; a line each. */
  readonly about: readonly string[]
  /** All rules of the server as they would be; undefined where there is nothing to propose. */
  readonly rules: ToolRules | undefined
  /** What is new in `rules.allow`, in its order, with its reason. */
  readonly added: readonly ProposedRule[]
}

export interface ProposedRule {
  /** A pattern, or one with what the arguments have to be. */
  readonly rule: ToolRule
  readonly why: string
}

/** So often a yes, and never a no, is a habit. */
const HABIT = 3

export function propose(tools: readonly KnownTool[], rules: ToolRules): Proposal {
  const asking = tools.filter(({ verdict }) => verdict.kind === 'confirm')
  if (asking.length === 0) return { about: ['no tool of it asks'], rules: undefined, added: [] }
  const open = asking.filter(({ name, verdict }) => isOpen(verdict) && canBeNamed(name) && isSeen(name))
  const reading = open.filter((tool) => tool.reads && noOf(tool) === 0)
  const habits = open
    .filter((tool) => !tool.reads && isHabit(tool))
    .toSorted((a, b) => yesOf(b) - yesOf(a))
    .flatMap((tool) => ofHabit(tool).map((added) => ({ tool, added })))
  const trusted = habits.map(({ tool }) => tool)
  const spared = [...trusted, ...reading]
  const added = [...habits.map((habit) => habit.added), ...ofReading(reading, tools)]
  const about = [...countWords(asking, spared), ...staying(asking, spared)]
  if (added.length === 0) return { about: ['nothing to propose', ...about], rules: undefined, added }
  return {
    about,
    rules: {
      ...rules,
      allow: [...(rules.allow ?? []), ...added.map(({ rule }) => rule)],
      ...(rules.allow === undefined && { others: 'judge' }),
    },
    added,
  }
}

/** Asked for its class alone, and not the worst one. */
function isOpen({ rule, risk }: Verdict): boolean {
  return rule === 'risk' && risk !== 'destructive'
}

/** A person who pastes a rule has to see what it names. */
function isSeen(name: string): boolean {
  return visibleLine(name) === name
}

function isHabit(tool: KnownTool): boolean {
  return yesOf(tool) >= HABIT && noOf(tool) === 0
}

/** Where it was let work, as far as that is known; nothing for one that works in many places. */
function ofHabit(tool: KnownTool): readonly ProposedRule[] {
  const { name, verdict, said } = tool
  const why = `you let it run ${yesOf(tool)} times and never said no`
  const where = boundsOf(name, verdict.risk, said?.calls ?? [])
  if (where === 'anywhere') return []
  return where === undefined
    ? [{ rule: name, why }]
    : [{ rule: { tool: name, where }, why: `${why}; there alone, elsewhere it asks` }]
}

/** A pattern names none of those that go on asking, or are hidden. */
function ofReading(reading: readonly KnownTool[], tools: readonly KnownTool[]): readonly ProposedRule[] {
  const names = reading.map(({ name }) => name)
  const others = tools.filter((tool) => !reading.includes(tool) && tool.verdict.kind !== 'allow')
  return patternsOf(
    names,
    others.map(({ name }) => name),
  ).map((pattern) => {
    const count = names.filter((name) => matchGlob(pattern, name)).length
    return {
      rule: pattern,
      why: `${count === 1 ? 'it only reads' : `${count} tools only read`} by name; the server is silent`,
    }
  })
}

function countWords(asking: readonly KnownTool[], spared: readonly KnownTool[]): string[] {
  const questions = (tools: readonly KnownTool[]): number =>
    tools.reduce((sum, { said }) => sum + (said?.asked ?? 0), 0)
  const before = questions(asking)
  const log =
    before === 0 ? '' : `; in the audit log ${questions(spared)} of ${before} questions were about these`
  return [`${asking.length} tools ask today, ${asking.length - spared.length} would with this${log}`]
}

function staying(asking: readonly KnownTool[], spared: readonly KnownTool[]): string[] {
  const left = asking.filter((tool) => !spared.includes(tool))
  const count = (which: (tool: KnownTool) => boolean, words: string): string[] => {
    const found = left.filter(which).length
    return found === 0 ? [] : [`${found} ${words}`]
  }
  const ruled = ({ verdict }: KnownTool): boolean => verdict.rule !== 'risk'
  const destroys = (tool: KnownTool): boolean => !ruled(tool) && tool.verdict.risk === 'destructive'
  const said = [
    ...count(destroys, 'can destroy, which is never proposed'),
    ...count(ruled, 'because a rule or a changed definition wants it'),
    ...count(
      (tool) => !ruled(tool) && !destroys(tool),
      `until you let them run ${HABIT} times in one place and never say no`,
    ),
  ]
  return said.length === 0 ? [] : [`go on asking: ${said.join(', ')}`]
}

function yesOf({ said }: KnownTool): number {
  return said?.yes ?? 0
}

function noOf({ said }: KnownTool): number {
  return said?.no ?? 0
}
