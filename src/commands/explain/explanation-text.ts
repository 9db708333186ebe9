/** Writes what `tools --explain` found as text for people. */
import type { Grant } from '../../approval/grants/grants.ts'
import type { RiskExplanation, Voice } from '../../policy/explain.ts'
import type { Saying } from '../../policy/words/words.ts'
import { visibleLine } from '../../visible.ts'
import type { GrantNote, ToolExplanation } from './explanation.ts'
import { table } from '../common/table.ts'

export function explanationText(explanation: ToolExplanation): string {
  const { server, tool, name, verdict, risk, voices } = explanation
  return [
    `${visibleLine(`${server}/${tool}`)}, for the host ${name}: ${verdict.kind} (${risk.class})\n`,
    '\nrules that spoke, strictest first; the one with a star decides\n',
    table(['  verdict', 'rule', 'reason'], voices.map(voiceRow)),
    '\n',
    ...riskLines(risk),
    ...definitionLines(explanation),
    '\n',
    ...(verdict.kind === 'confirm' ? askedLines(explanation) : [`${UNASKED[verdict.kind]}\n`]),
    ...grantLines(explanation),
  ].join('')
}

const UNASKED = {
  allow: 'nobody is asked: it runs',
  block: 'nobody is asked: it is refused, and not listed',
  hidden: 'nobody is asked: it is refused, and not listed',
} as const

function voiceRow({ kind, rule, reason, decides }: Voice): string[] {
  return [`${decides ? '*' : ' '} ${kind}`, visibleLine(rule), reason]
}

const SAYS: Readonly<Record<Saying['says'], (word: string) => string>> = {
  destroys: (word) => `"${word}", in it or in an argument: can't be taken back`,
  changes: (word) => `"${word}", in it or in an argument: changes something`,
  runs: (word) => `runs ${word}`,
  reads: (word) => `"${word}": reads`,
  nothing: (word) => (word === '' ? "doesn't tell" : word),
}

function riskLines(risk: RiskExplanation): string[] {
  const { saying, claims, disbelieved } = risk
  const claimed = Object.entries(claims).map(([hint, value]) => `${hint} ${value ?? 'not given'}`)
  return [
    `risk         ${risk.class}: ${risk.why}\n`,
    `name         ${SAYS[saying.says](saying.word)}\n`,
    `server says  ${claimed.join(', ')}\n`,
    ...disbelieved.map((claim) => `  not believed: ${claim}\n`),
  ]
}

function definitionLines({
  changes,
  isNew,
  server,
  tool,
  listed,
  notes,
  verdict,
}: ToolExplanation): string[] {
  const accept = `see "sidemux pin ${server}", and run it with "--accept ${visibleLine(tool)}" if that is right`
  const known =
    changes.length === 0
      ? 'as it was first seen'
      : `changed since it was first seen: ${changes.map(visibleLine).join(', ')}; ${accept}`
  const standing = isNew ? `new since its server was first seen; ${accept}` : known
  const left = !listed && (verdict.kind === 'allow' || verdict.kind === 'confirm')
  return [
    `definition   ${standing}\n`,
    ...(left ? ['not listed all the same, and refused\n'] : []),
    ...notes.map((note) => `  ${visibleLine(note)}\n`),
  ]
}

function askedLines({ binds, offer }: ToolExplanation): string[] {
  return [
    'a yes counts once, in this run of sidemux, for exactly\n',
    `  launch command  ${binds.launch}\n`,
    `  definition      ${binds.definition}\n`,
    `  servers.yaml    ${binds.config}\n`,
    `  arguments       ${binds.args ?? 'those of the call; give them with --args JSON'}\n`,
    ...(binds.args === undefined ? [] : [`${offered(offer)}\n`]),
  ]
}

function offered(offer: ToolExplanation['offer']): string {
  if (offer === undefined) return 'nothing of it can be remembered beyond that'
  const { argumentNames, anyArguments, within = {}, maxUses, maxMs } = offer
  const fixed = anyArguments ? '' : `, with one or more of ${argumentNames.map(visibleLine).join(', ')} fixed`
  const uses = maxUses === undefined ? '' : ` and ${maxUses} uses`
  const folders = Object.entries(within).map(
    ([name, { folders: all }]) => `, or with ${visibleLine(name)} below ${all.map(visibleLine).join(' or ')}`,
  )
  return `it can be remembered for up to ${maxMs / 3_600_000} hours${uses}${fixed}${folders.join('')}`
}

function grantLines({ grants, binds, verdict }: ToolExplanation): string[] {
  if (grants.length === 0) return ['no grant is remembered for this tool\n']
  return [
    '\ngrants for this tool\n',
    ...grants.map((note) => `  ${note.grant.id}  ${scope(note.grant)}\n    ${said(note, verdict, binds)}\n`),
  ]
}

function scope({ fixed, within = {}, free, left, used, expiresAt }: Grant): string {
  const names = [
    ...Object.entries(fixed).map(([name, { shown }]) => `${visibleLine(name)} = ${shown}`),
    ...Object.entries(within).map(([name, folder]) => `${visibleLine(name)} below ${visibleLine(folder)}`),
    ...free.map((name) => `${visibleLine(name)} any`),
  ]
  return [
    names.length === 0 ? 'no arguments' : names.join(', '),
    `until ${new Date(expiresAt).toISOString()}`,
    left === undefined ? 'any number of uses' : `${left} uses left`,
    `used ${used} times`,
  ].join('; ')
}

function said(
  { used, why }: GrantNote,
  verdict: ToolExplanation['verdict'],
  binds: ToolExplanation['binds'],
): string {
  if (why !== undefined) return `${binds.args === undefined ? 'void' : 'does not cover this call'}: ${why}`
  if (binds.args === undefined) return 'holds for the calls that it names'
  if (verdict.kind !== 'confirm') return 'covers this call, about which nobody would be asked anyway'
  return used ? 'WOULD BE USED: nobody is asked' : 'covers this call; another one is used first'
}
