/**
 * Explains a tool's verdict: every rule that speaks of the tool, strictest first, and the reasons for its risk class.
 * It asks the rules of rules.ts in the same way, so what is explained is what is decided. Pure.
 */
import type { ProfileOptions, ToolRules } from './options.ts'
import {
  claim,
  classify,
  classifyCall,
  inCall,
  sayingOf,
  whyNotTrusted,
  type Risk,
  type ToolFacts,
} from './risk/risk.ts'
import { applying, pinVerdict, type Verdict, type VerdictKind } from './rules.ts'
import type { CallFacts } from './spoken.ts'
import type { Saying } from './words/words.ts'

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
  /** What its name and its arguments say. */
  readonly saying: Saying
  /** What the server claims; undefined where it says nothing. */
  readonly claims: {
    readonly readOnlyHint: boolean | undefined
    readonly destructiveHint: boolean | undefined
  }
  /** Claims that something else speaks against, so that they are not believed; half a sentence each. */
  readonly disbelieved: readonly string[]
}

/**
 * @param before a verdict that comes before all rules
 * @param call undefined for the tool as it is listed
 */
export function explainVerdict(
  tool: ToolFacts,
  rules: ToolRules,
  profile?: ProfileOptions['tools'],
  before?: Verdict,
  call?: CallFacts,
): Explanation {
  const ruled = applying(tool, rules, profile, call)
  const lines: typeof ruled = before === undefined ? ruled : [before, ...ruled]
  const verdict = pinVerdict(lines[0], tool)
  // Whatever a rule says, a changed definition asks; where a rule is stricter, it only says so too.
  const pin =
    tool.unchanged || verdict.kind === 'allow'
      ? []
      : [pinVerdict({ ...lines[0], kind: 'allow', rule: 'pin' }, tool)]
  const stricter = lines.filter(({ kind }) => kind !== 'allow' && kind !== 'confirm')
  const rest = lines.filter(({ kind }) => kind === 'allow' || kind === 'confirm')
  const ordered = [...stricter, ...(verdict.rule === 'pin' ? [...pin, ...rest] : [...rest, ...pin])]
  return {
    verdict,
    voices: ordered.map((line) => ({
      kind: line.kind,
      rule: line.rule,
      reason: line.reason,
      decides: line === ordered.find(({ kind, rule }) => kind === verdict.kind && rule === verdict.rule),
    })),
    risk: explainRisk(tool, call),
  }
}

function explainRisk(listed: ToolFacts, call: CallFacts | undefined): RiskExplanation {
  const tool = call === undefined ? listed : inCall(listed, call.args)
  const claims = {
    readOnlyHint: claim(tool, 'readOnlyHint'),
    destructiveHint: claim(tool, 'destructiveHint'),
  }
  const risk = call === undefined ? classify(listed) : classifyCall(listed, call.args)
  const saying = sayingOf(tool)
  const why = whyNot(tool, claims.destructiveHint, saying)
  return {
    ...risk,
    saying,
    claims,
    disbelieved: [
      ...(claims.readOnlyHint === true && risk.class !== 'read'
        ? [`readOnlyHint: true, because ${why}`]
        : []),
      ...(claims.destructiveHint === false && risk.class === 'destructive'
        ? [`destructiveHint: false, because ${why}`]
        : []),
    ],
  }
}

function whyNot(tool: ToolFacts, destructive: boolean | undefined, { says, word }: Saying): string {
  if (says === 'destroys' || says === 'changes') return `its name or an argument says "${word}"`
  if (destructive === true) return 'the server also says destructive'
  if (says === 'runs') return `it runs ${word}`
  if (!tool.unchanged) return whyNotTrusted(tool)
  return "the name doesn't tell"
}
