/**
 * Compares two launches of one server: what is another, and whether it is more than a human agreed to. Less never asks:
 * a path or a secret that is taken away, a package whose version is fixed now. What can't be judged counts as more; so
 * an argument that is gone asks, since it may have been `--read-only`. Pure.
 */
import { parsedUrl } from '../parsed-url.ts'
import { BROKERED, NOT_YET, PACKAGE, type LaunchFacts } from './facts.ts'
import { isPinOf } from '../packages/package-run.ts'

export interface LaunchChange {
  /** As people know it: `command`, `args`, `env.TOKEN`, `write`. */
  readonly field: string
  /** Absent where there was none. */
  readonly before?: string
  readonly after?: string
  /** It is more than what was agreed to, or can't be told to be less. */
  readonly grew: boolean
}

/** Every difference, in the order in which they are shown. */
export function launchChanges(before: LaunchFacts, after: LaunchFacts): readonly LaunchChange[] {
  return [
    ...one('kind', before.kind, after.kind, true),
    ...(after.kind === 'remote'
      ? one('url', before.target, after.target, originOf(before.target) !== originOf(after.target))
      : program(before, after)),
    ...named(before.kind === 'remote' ? 'headers' : 'env', before.given, after.given),
    ...list('inheritEnv', before.inherited, after.inherited),
    ...settings(before, after),
  ]
}

export function hasGrown(before: LaunchFacts, after: LaunchFacts): boolean {
  return launchChanges(before, after).some(({ grew }) => grew)
}

function program(before: LaunchFacts, after: LaunchFacts): LaunchChange[] {
  const isPin = isPinOf(
    { command: before.target, args: before.args },
    { command: after.target, args: after.args },
  )
  return [
    ...one('command', before.target, after.target, true),
    ...one('args', words(before.args), words(after.args), !isPin),
    ...one('cwd', before.cwd, after.cwd, true),
  ]
}

/** A variable that refers to a secret may go; a text may have been what kept the server from something. */
function named(
  field: string,
  before: LaunchFacts['given'],
  after: LaunchFacts['given'],
): readonly LaunchChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted()
  return names.flatMap((name) => {
    const [was, now] = [before.get(name), after.get(name)]
    return one(`${field}.${name}`, was, now, now !== undefined || was?.startsWith('=') === true)
  })
}

function list(field: string, before: readonly string[], after: readonly string[]): readonly LaunchChange[] {
  return one(
    field,
    joined(before),
    joined(after),
    after.some((entry) => !before.includes(entry)),
  )
}

type Judge = (before: readonly string[], after: readonly string[], facts: LaunchFacts) => boolean

const CONFINED = ['off', 'auto', 'required']
const more: Judge = (before, after) => after.some((entry) => !before.includes(entry))

/** Whether another value of a setting is more. Of a setting that isn't named here every other value is. */
const GROWS: Readonly<Record<string, Judge>> = {
  sandbox: ([before = ''], [after = '']) => CONFINED.indexOf(after) < CONFINED.indexOf(before),
  // What it could write it could read.
  read: (before, after, { settings: was }) => more([...before, ...(was.get('write') ?? [])], after, NONE),
  write: more,
  network: (before, after) => !before.includes('*') && more(before, after, NONE),
  isCwdGiven: more,
  allowSecretsInArgs: more,
  allowPrivate: more,
  transport: () => false,
  // Which version is the newest one turns out when it is installed; from then on another one is another program.
  [PACKAGE]: (before, after) =>
    ![...before, ...after].includes(NOT_YET) && before.length > 0 && more(before, after, NONE),
  // Without scripts it is less; with them, or started as it is written, it is more.
  install: (_, after) => after.length > 0,
}

const NONE: LaunchFacts = {
  kind: 'local',
  target: '',
  args: [],
  cwd: '',
  given: new Map(),
  inherited: [],
  settings: new Map(),
}

function settings(before: LaunchFacts, after: LaunchFacts): readonly LaunchChange[] {
  const names = [...new Set([...before.settings.keys(), ...after.settings.keys()])]
  return names.flatMap((name) => {
    const [was = [], now = []] = [before.settings.get(name), after.settings.get(name)]
    const isGone = now.length === 0 && /^(?:lease|store) /.test(name)
    // A placeholder in place of a value is less, and so is one for fewer hosts.
    const isBrokered =
      name.startsWith(BROKERED) && now.length > 0 && (was.length === 0 || !more(was, now, NONE))
    const grew =
      !isGone &&
      !isBrokered &&
      (Object.hasOwn(GROWS, name) ? GROWS[name]?.(was, now, before) !== false : true)
    return one(name, joined(was), joined(now), grew)
  })
}

function one(
  field: string,
  before: string | undefined,
  after: string | undefined,
  grew: boolean,
): LaunchChange[] {
  if (before === after) return []
  return [{ field, ...(before !== undefined && { before }), ...(after !== undefined && { after }), grew }]
}

function joined(entries: readonly string[]): string | undefined {
  return entries.length === 0 ? undefined : entries.join(', ')
}

function words(args: readonly string[]): string | undefined {
  return args.length === 0 ? undefined : args.map(word).join(' ')
}

/** An argument such that whoever reads it sees where it ends; references stay as servers.yaml has them. */
export function word(text: string): string {
  return /^[\w@%+=:,./~${}#-]+$/.test(text) ? text : JSON.stringify(text)
}

function originOf(address: string): string {
  return address.includes('${') ? address : (parsedUrl(address)?.origin ?? address)
}
