/**
 * May this tool run? A verdict is data: the first line below that applies is the answer (contract: Verdicts).
 *
 *   block    `tools.block`, or the profile's `block`, names the tool
 *   hidden   `tools.allow` is given and neither it nor `tools.confirm` names the tool
 *   hidden   the profile's `allow` is given and doesn't name it, or its `classes` lack the tool's class
 *   confirm  `tools.confirm`, or the profile's `confirm`, names it
 *   allow    `tools.allow` names it: the operator's word is final
 *   allow    its class is read
 *   confirm  anything else
 *
 * A profile only narrows: nothing in it ever turns a stricter answer into a laxer one, so naming a tool in the
 * profile's `confirm` doesn't bring back what its `allow` left out.
 */
import { matchGlob } from './glob.ts'
import type { ProfileOptions, RiskClass, ToolRules } from './options.ts'
import { classify } from './risk.ts'
import type { ToolFacts } from './risk.ts'

export type { ToolFacts } from './risk.ts'

export type VerdictKind = 'allow' | 'confirm' | 'block' | 'hidden'

export interface Verdict {
  readonly kind: VerdictKind
  readonly risk: RiskClass
  /** What decided: `tools.block: delete_*`, `profile classes`, `risk`, … */
  readonly rule: string
  /** One sentence for people. */
  readonly reason: string
}

export function decide(tool: ToolFacts, rules: ToolRules, profile: ProfileOptions['tools'] = {}): Verdict {
  const risk = classify(tool)
  const verdict = (kind: VerdictKind, rule: string, reason: string): Verdict => ({
    kind,
    risk: risk.class,
    rule,
    reason,
  })
  const blockedBy = named(tool, 'tools.block', rules.block) ?? named(tool, 'profile block', profile.block)
  const confirmedBy = named(tool, 'tools.confirm', rules.confirm)
  const allowedBy = named(tool, 'tools.allow', rules.allow)
  const alsoConfirmedBy = confirmedBy ?? named(tool, 'profile confirm', profile.confirm)

  if (blockedBy) return verdict('block', blockedBy, 'A rule blocks this tool.')
  if (rules.allow && !allowedBy && !confirmedBy) {
    return verdict('hidden', 'tools.allow', 'Neither tools.allow nor tools.confirm names this tool.')
  }
  if (profile.allow && !named(tool, 'profile allow', profile.allow)) {
    return verdict('hidden', 'profile allow', "The profile's allow doesn't name this tool.")
  }
  if (profile.classes && !profile.classes.includes(risk.class)) {
    return verdict('hidden', 'profile classes', `The profile leaves out ${risk.class} tools: ${risk.why}.`)
  }
  if (alsoConfirmedBy)
    return verdict('confirm', alsoConfirmedBy, 'A rule wants a human to confirm this tool.')
  if (allowedBy) return verdict('allow', allowedBy, 'A rule allows this tool.')
  if (risk.class === 'read') return verdict('allow', 'risk', `It only reads: ${risk.why}.`)
  return verdict('confirm', 'risk', `It is taken for ${risk.class}: ${risk.why}.`)
}

/** Patterns that match none of the server's tools: usually a misspelling, and in `block` a dangerous one. */
export function unmatchedPatterns(rules: ToolRules, names: readonly string[]): readonly string[] {
  const { allow = [], confirm = [], block = [], rateLimit = {} } = rules
  const patterns = new Set([...allow, ...confirm, ...block, ...Object.keys(rateLimit)])
  return [...patterns].filter((pattern) => !names.some((name) => matchGlob(pattern, name)))
}

/** `rule: pattern` of the first pattern that names the tool. */
function named(tool: ToolFacts, rule: string, patterns: readonly string[] = []): string | undefined {
  const pattern = patterns.find((candidate) => matchGlob(candidate, tool.name))
  return pattern === undefined ? undefined : `${rule}: ${pattern}`
}
