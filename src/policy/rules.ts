/**
 * Decides whether a tool may run. A verdict is data: the first line below that applies is the answer.
 *
 *   block    `tools.block`, or the profile's `block`, names the tool
 *   block    the profile's `allow` names it for other calls only
 *   hidden   `tools.allow` is given without `tools.others: judge`, and neither it nor `tools.confirm` names the tool
 *   hidden   the profile's `allow` is given and doesn't name it, or its `classes` lack the tool's class
 *   confirm  `tools.confirm`, or the profile's `confirm`, names it
 *   confirm  a line with `where:` speaks of it, and whether of this call can't be told
 *   allow    `tools.allow` names it: the operator's word is final
 *   confirm  `tools.allow` names it for other calls only
 *   allow    its class is read
 *   confirm  anything else
 *
 * A line with `where:` names the calls whose arguments are so (where/). Before there is a call such a line only says that
 * its word depends on the arguments, and the tool is listed as one that asks.
 *
 * A profile only narrows: nothing in it ever turns a stricter answer into a laxer one, so naming a tool in the
 * profile's `confirm` doesn't bring back what its `allow` left out.
 */
import { matchGlob } from './glob.ts'
import type { ProfileOptions, ToolRule, ToolRules } from './options.ts'
import type { RiskClass } from './risk-class.ts'
import { classify, classifyCall, whyNotTrusted } from './risk/risk.ts'
import type { ToolFacts } from './risk/risk.ts'
import { patternOf, speaking, type CallFacts, type SpokenRule } from './spoken.ts'

export type { ToolFacts } from './risk/risk.ts'

export type VerdictKind = 'allow' | 'confirm' | 'block' | 'hidden'

export interface Verdict {
  readonly kind: VerdictKind
  readonly risk: RiskClass
  /** What decided: `tools.block: delete_*`, `profile classes`, `risk`, … */
  readonly rule: string
  /** One sentence for people. */
  readonly reason: string
  /** The arguments decide: another call of the tool can have another verdict. */
  readonly varies?: true
}

/** @param call undefined for the tool as it is listed */
export function decide(
  tool: ToolFacts,
  rules: ToolRules,
  profile: ProfileOptions['tools'] = {},
  call?: CallFacts,
): Verdict {
  const [first] = applying(tool, rules, profile, call)
  return first
}

/** The rule that asks because of the arguments; undefined where every call of the tool is asked about. */
export function ruleOfCall({ varies, rule }: Verdict): string | undefined {
  return varies === true ? rule : undefined
}

/** Whether the arguments of a call decide over its verdict. */
export function variesByCall(tool: string, rules: ToolRules, profile: ProfileOptions['tools'] = {}): boolean {
  const lists = [rules.allow, rules.confirm, rules.block, profile.allow, profile.confirm, profile.block]
  return lists.some((list) => list?.some((rule) => typeof rule !== 'string' && matchGlob(rule.tool, tool)))
}

/**
 * Every line of the list above that applies to the tool, in its order: the first one is the verdict, and the last one,
 * which always applies, is what its risk class says.
 */
export function applying(
  tool: ToolFacts,
  rules: ToolRules,
  profile: ProfileOptions['tools'] = {},
  call?: CallFacts,
): readonly [Verdict, ...Verdict[]] {
  const can = classify(tool)
  const risk = call === undefined ? can : classifyCall(tool, call.args)
  const lines: Verdict[] = []
  const says = (kind: VerdictKind, rule: string, reason: string, varies = false): void => {
    lines.push({ kind, risk: risk.class, rule, reason, ...(varies && { varies }) })
  }
  const of = (name: string, list: readonly ToolRule[] | undefined, absent: 'fits' | 'misfits') =>
    speaking(tool.name, name, list, call, absent)
  const lists = {
    blocks: of('tools.block', rules.block, 'misfits'),
    blocksHere: of('profile block', profile.block, 'misfits'),
    confirms: of('tools.confirm', rules.confirm, 'misfits'),
    confirmsHere: of('profile confirm', profile.confirm, 'misfits'),
    allows: of('tools.allow', rules.allow, 'fits'),
    within: of('profile allow', profile.allow, 'fits'),
  }
  const { allows, confirms, within } = lists
  const allowed = allows.find(fitsWhole)

  for (const { rule, isConditional } of firstOfEach([lists.blocks, lists.blocksHere], mayFit))
    says(
      'block',
      rule,
      isConditional ? 'A rule blocks calls like this one.' : 'A rule blocks this tool.',
      isConditional,
    )
  const [outside] = within
  if (outside !== undefined && within.every(isOut))
    says('block', outside.rule, `The profile leaves out calls like this one (${whyOf(outside)}).`, true)
  const isUnnamed = rules.allow !== undefined && rules.others !== 'judge' && allows.length === 0
  if (isUnnamed && confirms.length === 0)
    says('hidden', 'tools.allow', 'Neither tools.allow nor tools.confirm names this tool.')
  if (profile.allow && outside === undefined)
    says('hidden', 'profile allow', "The profile's allow doesn't name this tool.")
  // That of the tool, which was listed or not: a call that does less is still one of it.
  if (profile.classes && !profile.classes.includes(can.class))
    says('hidden', 'profile classes', `The profile leaves out ${can.class} tools: ${can.why}.`)
  for (const { rule, isConditional } of firstOfEach([confirms, lists.confirmsHere], mayFit))
    says(
      'confirm',
      rule,
      isConditional
        ? 'A rule wants a human to confirm calls like this one.'
        : 'A rule wants a human to confirm this tool.',
      isConditional,
    )
  const asking = [lists.blocks, lists.blocksHere, confirms, lists.confirmsHere]
  for (const one of firstOfEach(within.some(fitsWhole) ? asking : [...asking, within], isOpen))
    says('confirm', one.rule, openReason(one), true)
  if (isUnnamed && confirms.length > 0 && confirms.every(isOut))
    says(
      'confirm',
      'tools.allow',
      'tools.allow does not name this tool, and tools.confirm names other calls of it.',
      true,
    )
  if (allowed !== undefined)
    says(
      'allow',
      allowed.rule,
      allowed.isConditional ? 'A rule allows calls like this one.' : 'A rule allows this tool.',
      allowed.isConditional,
    )
  const [unfit] = allowed === undefined ? allows : []
  if (unfit !== undefined)
    says(
      'confirm',
      unfit.rule,
      unfit.fit === 'depends'
        ? openReason(unfit)
        : `A rule allows only other calls of this tool (${whyOf(unfit)}).`,
      true,
    )
  if (risk.class === 'read') says('allow', 'risk', `It only reads: ${risk.why}.`)
  else says('confirm', 'risk', `${ASKED[risk.class]}: ${risk.why}.`)
  const [first, ...rest] = lines
  if (first === undefined) throw new Error('no line applies')
  return [first, ...rest]
}

function firstOfEach(
  lists: readonly (readonly SpokenRule[])[],
  is: (spoken: SpokenRule) => boolean,
): readonly SpokenRule[] {
  return lists.flatMap((list) => list.find(is) ?? [])
}

function fitsWhole({ fit }: SpokenRule): boolean {
  return fit !== 'depends' && fit.kind === 'fits'
}

/** What blocks or asks does so for a call that fits in one way of reading it. */
function mayFit({ fit }: SpokenRule): boolean {
  return fit !== 'depends' && (fit.kind === 'fits' || fit.kind === 'some')
}

function isOut({ fit }: SpokenRule): boolean {
  return fit !== 'depends' && fit.kind === 'misfits'
}

function isOpen({ fit }: SpokenRule): boolean {
  return fit === 'depends' || fit.kind === 'unknown' || fit.kind === 'some'
}

function openReason(spoken: SpokenRule): string {
  if (spoken.fit === 'depends') return 'What a call may do depends on its arguments.'
  return `Whether a rule speaks of this call can't be told (${whyOf(spoken)}).`
}

function whyOf({ fit }: SpokenRule): string {
  return fit === 'depends' ? '' : fit.why
}

/** Begins the reason why such a class asks. */
export const ASKED = {
  destructive: 'It is taken for destructive',
  write: 'It changes something',
  unknown: 'What it does is not known',
} as const

/**
 * A changed definition waits for a human even where the operator allowed the tool: it is not the tool they allowed. So
 * does a new one, also where a pattern fits it by chance; a rule that has its very name was written for it.
 */
export function pinVerdict(verdict: Verdict, tool: Pick<ToolFacts, 'name' | 'unchanged' | 'isNew'>): Verdict {
  if (tool.unchanged || verdict.kind !== 'allow') return verdict
  const own = `tools.allow: ${tool.name}`
  if (tool.isNew === true && (verdict.rule === own || verdict.rule.startsWith(`${own} where {`)))
    return verdict
  return { ...verdict, kind: 'confirm', rule: 'pin', reason: whyNotTrusted(tool) }
}

/** Patterns that match none of the server's tools: usually a misspelling, and in `block` a dangerous one. */
export function unmatchedPatterns(rules: ToolRules, names: readonly string[]): readonly string[] {
  const { allow = [], confirm = [], block = [], rateLimit = {}, set = {} } = rules
  const listed = [...allow, ...confirm, ...block].map(patternOf)
  const patterns = new Set([...listed, ...Object.keys(rateLimit), ...Object.keys(set)])
  return [...patterns].filter((pattern) => !names.some((name) => matchGlob(pattern, name)))
}
