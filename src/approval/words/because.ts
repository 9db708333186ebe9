/**
 * Says in one sentence why a human is asked, for somebody who has never read our README: what is known of the tool,
 * and from where. Nothing that a server wrote stands in it but the tool's name, in quotes where it could be read as
 * anything else. Pure.
 */
import type { ToolFacts, Verdict } from '../../policy/rules.ts'
import { claim, sayingOf } from '../../policy/risk/risk.ts'
import { nameWords } from '../../policy/words/words.ts'
import { asName } from './one-line.ts'

export interface AskedCall {
  readonly server: string
  readonly verdict: Verdict
  /** Undefined where no tool is called. */
  readonly tool?: ToolFacts
}

export function because({ server, verdict, tool }: AskedCall): string {
  const { rule, reason, risk } = verdict
  const asked = byRule(rule)
  if (asked !== undefined) return asked + also(server, tool)
  if (tool === undefined) return sentence(reason)
  const name = asName(tool.name)
  const runs = sayingOf(tool).says === 'runs'
  if (tool.isNew === true && (rule === 'pin' || (risk === 'unknown' && !runs)))
    return `${server} has ${name} only since it was first seen, so nobody has accepted it yet; your yes does.`
  if (rule === 'pin')
    return `${server} changed ${name} since it was first seen, so it may not be what you allowed.`
  if (rule !== 'risk') return sentence(reason)
  const said = { server, name, tool, ...sayingOf(tool) }
  switch (risk) {
    case 'destructive':
      return destroys(said) + also(server, tool)
    case 'write':
      return changes(said) + also(server, tool)
    case 'unknown':
      return isUnknown(said)
    default:
      return sentence(reason)
  }
}

type Said = { readonly server: string; readonly name: string; readonly tool: ToolFacts } & ReturnType<
  typeof sayingOf
>

function destroys({ server, name, tool, says, word }: Said): string {
  if (says === 'destroys')
    return `${where(tool, word)} “${word}”, so what it takes away may be gone for good${despite(server, tool)}.`
  return claim(tool, 'readOnlyHint') === true
    ? `${server} says of ${name} both that it only reads and that it can destroy.`
    : `${server} itself says that ${name} can destroy what is there.`
}

function changes({ server, name, tool, says, word }: Said): string {
  return says === 'changes'
    ? `${where(tool, word)} “${word}”, so it changes something${despite(server, tool)}.`
    : `${server} itself says that ${name} changes something.`
}

function isUnknown({ server, name, tool, says }: Said): string {
  if (says === 'runs')
    return `It runs what it is given, so what it does stands in its arguments${despite(server, tool)}.${also(server, tool)}`
  if (!tool.unchanged) return `${server} changed ${name} since it was first seen, so you are asked again.`
  if (claim(tool, 'readOnlyHint') === true && says === 'reads')
    return `This call of ${name} may only read, as ${server} says, but others can do more, so you are asked.`
  return claim(tool, 'readOnlyHint') === true
    ? `${server} says that ${name} only reads, but its name doesn't tell, so you are asked.`
    : `${server} doesn't say whether ${name} only reads, so you are asked.`
}

/** What a yes says yes to besides. */
function also(server: string, tool: ToolFacts | undefined): string {
  if (tool === undefined || tool.unchanged) return ''
  return tool.isNew === true
    ? ` It is also new since ${server} was first seen, and your yes accepts it.`
    : ' Its definition also changed since it was first seen.'
}

/** A choice among its arguments can say it too (`action: delete`). */
function where({ name }: ToolFacts, word: string): string {
  const inName = nameWords(name).some((one) => one.includes(word.slice(0, 4)))
  return inName ? 'Its name says' : 'One of its arguments says'
}

function despite(server: string, tool: ToolFacts): string {
  return claim(tool, 'readOnlyHint') === true ? `, although ${server} says that it only reads` : ''
}

/** `tools.confirm: push_*`, `profile confirm: push_*`, of tools, prompts and resources. */
function byRule(rule: string): string | undefined {
  const [, whose, pattern] = /^(profile|tools\.|prompts\.|resources\.)\s?confirm: (.*)$/s.exec(rule) ?? []
  if (whose === undefined || pattern === undefined) return undefined
  return whose === 'profile'
    ? `Your profile asks before ${asName(pattern)} is used.`
    : `Your rule “${whose}confirm: ${pattern}” asks before it is used.`
}

function sentence(reason: string): string {
  const text = reason.trim()
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
}
