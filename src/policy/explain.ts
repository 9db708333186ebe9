/**
 * Why a tool has the verdict that it has: every rule that speaks of it, strictest first, and what its risk class was
 * made of. The rules are those of rules.ts, asked in the same way, so what is explained is what is decided. Pure.
 */
import { suspectWord, type Suspect } from './names.ts'
import type { ProfileOptions, ToolRules } from './options.ts'
import { claim, classify, type Risk, type ToolFacts } from './risk.ts'
import { applying, pinVerdict, type Verdict, type VerdictKind } from './rules.ts'

export interface Voice {
  readonly kind: VerdictKind
  readonly rule: string
  readonly reason: string
  /** This one is the verdict. */
  readonly decides: boolean
}

export interface Explanation {
  readonly verdict: Verdict
  /** Strictest first, the one that decides among them; then those that it left without a say. */
  readonly voices: readonly Voice[]
  readonly risk: RiskExplanation
}

export interface RiskExplanation extends Risk {
  /** The word in the name that speaks against a claim to be harmless. */
  readonly suspect: Suspect | undefined
  /** What the server claims; undefined where it says nothing. */
  readonly claims: {
    readonly readOnlyHint: boolean | undefined
    readonly destructiveHint: boolean | undefined
  }
  /** Claims that something else speaks against, so that they are not believed; half a sentence each. */
  readonly disbelieved: readonly string[]
}

export function explain(tool: ToolFacts, rules: ToolRules, profile?: ProfileOptions['tools']): Explanation {
  const lines = applying(tool, rules, profile)
  const verdict = pinVerdict(lines[0], tool.unchanged)
  // Whatever a rule says, a changed definition asks; where a rule is stricter, it only says so too.
  const pin = tool.unchanged ? [] : [pinVerdict({ ...lines[0], kind: 'allow' }, false)]
  const stricter = lines.filter(({ kind }) => kind !== 'allow' && kind !== 'confirm')
  const rest = lines.filter(({ kind }) => kind === 'allow' || kind === 'confirm')
  const ordered = [...stricter, ...(verdict.rule === 'pin' ? [...pin, ...rest] : [...rest, ...pin])]
  return {
    verdict,
    voices: ordered.map((line) => ({
      kind: line.kind,
      rule: line.rule,
      reason: line.reason,
      decides: line.kind === verdict.kind && line.rule === verdict.rule,
    })),
    risk: explainRisk(tool),
  }
}

function explainRisk(tool: ToolFacts): RiskExplanation {
  const claims = {
    readOnlyHint: claim(tool, 'readOnlyHint'),
    destructiveHint: claim(tool, 'destructiveHint'),
  }
  const suspect = suspectWord(tool.name)
  return { ...classify(tool), suspect, claims, disbelieved: disbelieved(tool, claims, suspect) }
}

function disbelieved(
  tool: ToolFacts,
  { readOnlyHint, destructiveHint }: RiskExplanation['claims'],
  suspect: Suspect | undefined,
): string[] {
  const harmless = [
    ...(readOnlyHint === true ? ['readOnlyHint: true'] : []),
    ...(destructiveHint === false ? ['destructiveHint: false'] : []),
  ]
  if (!tool.unchanged)
    return harmless.map((hint) => `${hint}, because the definition changed since it was first seen`)
  const against: string[] = []
  if (readOnlyHint === true && destructiveHint === true)
    against.push('readOnlyHint: true, because the server also says destructive')
  else if (readOnlyHint === true && suspect)
    against.push(`readOnlyHint: true, because the tool is named ${suspect.word}`)
  if (destructiveHint === false && suspect?.destroys === true)
    against.push(`destructiveHint: false, because the tool is named ${suspect.word}`)
  return against
}
