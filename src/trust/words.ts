/**
 * A launch in words, for whoever is to agree to it: the exact command, untruncated, and what changed. Each line begins
 * with a word of ours, and nothing that stands in servers.yaml can begin one: it is written in one line, with what
 * hides in it written out (2025-11-25 security best practices, local server compromise). Pure.
 */
import { inOneLine } from '../approval/words/one-line.ts'
import { BROKERED, NOT_YET, PACKAGE, type LaunchFacts } from './facts.ts'
import { word, type LaunchChange } from './growth.ts'
import { packageRun, pinned } from '../packages/package-run.ts'

export interface AskedLaunch {
  readonly id: string
  readonly facts: LaunchFacts
  readonly isNew: boolean
  readonly changes: readonly LaunchChange[]
  /** A server of this name works on as it was agreed to. */
  readonly runs: boolean
}

/** The command or the address, in one line and whole. */
export function commandLine({ kind, target, args }: LaunchFacts): string {
  return inOneLine(kind === 'remote' ? target : [target, ...args].map(word).join(' '))
}

export function launchText({ facts, isNew, changes, runs }: AskedLaunch): string {
  const changed = changes.filter(({ grew }) => grew)
  return [
    `${facts.kind === 'remote' ? 'connects to' : 'runs'}: ${commandLine(facts)}`,
    ...(facts.kind === 'remote' || facts.cwd === '' ? [] : [`in: ${line(facts.cwd)}`]),
    ...(changed.length === 0 ? [] : ['changed since you agreed to it:', ...changed.flatMap(changeLines)]),
    ...[...facts.given].map(([name, value]) => `gives it: ${line(name)} ${givenWords(value)}`),
    ...facts.inherited.map((name) => `gives it: ${line(name)} as sidemux itself has it`),
    ...confinedWords(facts),
    ...otherSettings(facts),
    ...unpinnedWords(facts),
    ...(isNew ? ['it is new: nothing of it has run yet'] : []),
    ...(runs ? ['until you agree it goes on as it was'] : []),
  ].join('\n')
}

/** What is to be said of a package whose version isn't fixed; undefined where there is nothing to say. */
export function unpinned(facts: LaunchFacts): { readonly what: string; readonly fix: string } | undefined {
  const launch = { command: facts.target, args: facts.args }
  const run = facts.kind === 'remote' ? undefined : packageRun(launch)
  if (run === undefined || run.fixed || facts.settings.has(PACKAGE)) return undefined
  const { launcher, version, name } = run
  const chosen = version === undefined ? 'the newest one' : `whatever "${line(version)}" is then`
  return {
    what: `${launcher} downloads and runs ${line(name)} without a fixed version: at each start ${chosen}`,
    fix: `write ${line(pinned(run, 'X.Y.Z'))}, with the version that you want`,
  }
}

function unpinnedWords(facts: LaunchFacts): string[] {
  const found = unpinned(facts)
  if (found !== undefined) return [`mind: ${found.what}; ${found.fix}`]
  return facts.settings.get(PACKAGE)?.includes(NOT_YET) === true
    ? ['installs: the version that its registry has when it first starts, which stays until "sidemux update"']
    : []
}

function givenWords(value: string): string {
  return value.startsWith('=') ? `= ${line(JSON.stringify(value.slice(1)))}` : `from ${line(value)}`
}

const CONFINEMENT: ReadonlySet<string> = new Set(['sandbox', 'read', 'write', 'network', 'isCwdGiven'])

function confinedWords({ kind, settings }: LaunchFacts): string[] {
  if (kind === 'remote') return []
  const [mode = 'auto'] = settings.get('sandbox') ?? []
  if (mode === 'off') return ['confined: NO, it can read and change all that you can (sandbox: off)']
  const network = settings.get('network') ?? []
  const reaches =
    network.length === 0 ? 'no network' : network.includes('*') ? 'any network' : network.map(line).join(', ')
  const beyond = (['read', 'write'] as const).flatMap((name) =>
    (settings.get(name) ?? []).map((path) => `may ${name}: ${line(path)}`),
  )
  return [
    `confined: ${mode === 'required' ? 'always' : 'where this machine can'}; reaches: ${reaches}`,
    ...beyond,
  ]
}

const SPOKEN: Readonly<Record<string, string>> = {
  allowSecretsInArgs: 'secrets may stand in its arguments, where every process can read them',
  allowPrivate: 'it may be at an address of your own network',
}

function otherSettings({ settings }: LaunchFacts): string[] {
  return [...settings]
    .filter(([name, [value]]) => !CONFINEMENT.has(name) && name !== 'transport' && value !== NOT_YET)
    .map(([name, values]) => {
      if (name.startsWith(BROKERED))
        return `keeps from it: the value of ${line(name.slice(BROKERED.length))}, which sidemux sends to ${values.map(line).join(', ')}`
      const spoken = Object.hasOwn(SPOKEN, name) ? SPOKEN[name] : undefined
      return spoken === undefined ? `${line(name)}: ${values.map(line).join(', ')}` : `also: ${spoken}`
    })
}

function changeLines({ field, before, after }: LaunchChange): string[] {
  const isGiven = /^(?:env|headers)\./.test(field)
  const shown = (sign: string, value: string | undefined): string[] =>
    value === undefined
      ? []
      : [`  ${sign} ${line(field)}${isGiven ? ` ${givenWords(value)}` : `: ${line(value)}`}`]
  return [...shown('-', before), ...shown('+', after)]
}

function line(text: string): string {
  return inOneLine(text)
}
