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
import { canonicalHash } from '../canonical.ts'
import { matchGlob } from './glob.ts'
import type { AccessRules, ProfileOptions, RiskClass, ToolRules } from './options.ts'
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
  const [first] = applying(tool, rules, profile)
  return first
}

/**
 * Every line of the list above that applies to the tool, in its order: the first one is the verdict, and the last one,
 * which always applies, is what its risk class says.
 */
export function applying(
  tool: ToolFacts,
  rules: ToolRules,
  profile: ProfileOptions['tools'] = {},
): readonly [Verdict, ...Verdict[]] {
  const risk = classify(tool)
  const verdict = (kind: VerdictKind, rule: string, reason: string): Verdict => ({
    kind,
    risk: risk.class,
    rule,
    reason,
  })
  const lines: Verdict[] = []
  const blocks = (rule: string | undefined): void => {
    if (rule) lines.push(verdict('block', rule, 'A rule blocks this tool.'))
  }
  const confirms = (rule: string | undefined): void => {
    if (rule) lines.push(verdict('confirm', rule, 'A rule wants a human to confirm this tool.'))
  }
  const confirmedBy = named(tool, 'tools.confirm', rules.confirm)
  const allowedBy = named(tool, 'tools.allow', rules.allow)

  blocks(named(tool, 'tools.block', rules.block))
  blocks(named(tool, 'profile block', profile.block))
  if (rules.allow && !allowedBy && !confirmedBy) {
    lines.push(verdict('hidden', 'tools.allow', 'Neither tools.allow nor tools.confirm names this tool.'))
  }
  if (profile.allow && !named(tool, 'profile allow', profile.allow)) {
    lines.push(verdict('hidden', 'profile allow', "The profile's allow doesn't name this tool."))
  }
  if (profile.classes && !profile.classes.includes(risk.class)) {
    lines.push(
      verdict('hidden', 'profile classes', `The profile leaves out ${risk.class} tools: ${risk.why}.`),
    )
  }
  confirms(confirmedBy)
  confirms(named(tool, 'profile confirm', profile.confirm))
  if (allowedBy) lines.push(verdict('allow', allowedBy, 'A rule allows this tool.'))
  const byRisk =
    risk.class === 'read'
      ? verdict('allow', 'risk', `It only reads: ${risk.why}.`)
      : verdict('confirm', 'risk', `It is taken for ${risk.class}: ${risk.why}.`)
  const [first, ...rest] = lines
  return first === undefined ? [byRisk] : [first, ...rest, byRisk]
}

/** A changed definition waits for a human even where the operator allowed the tool: it is not the tool they allowed. */
export function pinVerdict(verdict: Verdict, unchanged: boolean): Verdict {
  if (unchanged || verdict.kind !== 'allow') return verdict
  return {
    ...verdict,
    kind: 'confirm',
    rule: 'pin',
    reason: 'its definition changed since it was first seen',
  }
}

/** What beside `tools:` a server's verdicts come from. */
export interface OtherRules {
  readonly prompts?: AccessRules | undefined
  readonly resources?: AccessRules | undefined
  readonly profile?: Pick<ProfileOptions, 'prompts' | 'resources'> | undefined
  /** What the server may ask of the host, as far as it isn't the default. */
  readonly relay?: Readonly<Record<string, string | boolean>> | undefined
}

/**
 * SHA-256 over everything in servers.yaml that speaks of a server's verdicts, and of where they hold: what a human
 * remembered under other rules, in another profile or for another environment's secrets isn't remembered here. The
 * order of patterns, and how often one is written, say nothing; neither does a rule that isn't given.
 */
export function rulesHash(
  rules: ToolRules,
  profile: ProfileOptions['tools'] | undefined,
  environment: string,
  others: OtherRules = {},
): string {
  const { allow, confirm, block } = rules
  return canonicalHash({
    prompts: asSets(others.prompts),
    resources: asSets(others.resources),
    profilePrompts: asSets(others.profile?.prompts),
    profileResources: asSets(others.profile?.resources),
    relay: Object.keys(others.relay ?? {}).length === 0 ? undefined : others.relay,
    tools: { allow: asSet(allow), confirm: asSet(confirm), block: asSet(block) },
    profile: {
      allow: asSet(profile?.allow),
      confirm: asSet(profile?.confirm),
      block: asSet(profile?.block),
      classes: asSet(profile?.classes),
    },
    environment,
  })
}

function asSets(rules: AccessRules | undefined): object | undefined {
  return rules && { allow: asSet(rules.allow), confirm: asSet(rules.confirm), block: asSet(rules.block) }
}

function asSet(patterns: readonly string[] | undefined): readonly string[] | undefined {
  return patterns && [...new Set(patterns)].toSorted()
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
