/**
 * Decides which references may stand where. In `env`, `headers` and store settings every kind works, except that a
 * store can't need a store; `url`, `args`, `command` and `cwd` can be read by others, so only `${env:…}` works there,
 * and what is declared plain. A reference to a store or lease that isn't declared is told with the nearest one.
 */
import { nearestName } from '../nearest.ts'
import {
  asPlain,
  parseTemplate,
  references,
  type ReferencePart,
  type Template,
} from '../secrets/reference.ts'
import { byName } from '../upstream/launch/plain.ts'
import { hintInContainer, variableOf } from './container.ts'
import { foreignReference, foreignVariable, type VariablePlace } from './paste/variables.ts'
import { isShowable, showPlace, type Finding, type Path } from './problem.ts'

export interface Scope {
  /** Where variables of other hosts are looked for; nowhere when absent. */
  readonly place?: VariablePlace | undefined
  readonly allows: 'everything' | 'env' | 'env and file'
  readonly stores: readonly string[]
  readonly leases: readonly string[]
}

const MAX_SUGGESTIONS = 50

type Said = { readonly message: string; readonly hint: string }

/** The template, or undefined when the text is none; findings go to `findings`. */
export function readTemplate(
  source: string,
  path: Path,
  scope: Scope,
  findings: Finding[],
): Template | undefined {
  const report = (offset: number, { message, hint }: Said): void => {
    findings.push({
      path,
      on: 'value',
      offset,
      severity: 'error',
      message: `${showPlace(path)}: ${message}`,
      hint,
    })
  }
  const parsed = parseTemplate(source)
  const foreign =
    scope.place === undefined ? undefined : foreignVariable(withoutReferences(source), scope.place)
  const ofHost = (said: Said): Said =>
    scope.place === 'args' ? { ...said, hint: hintInContainer(source, said.hint) } : said
  if (foreign !== undefined) report(foreign.offset, ofHost(foreign))
  if (!parsed.ok) {
    for (const problem of parsed.problems) {
      if (problem.offset === foreign?.offset) continue
      const end = source.indexOf('}', problem.offset)
      const known = end === -1 ? undefined : foreignReference(source.slice(problem.offset + 2, end))
      report(problem.offset, known === undefined ? problem : ofHost(known))
    }
    return undefined
  }
  for (const part of references(parsed.template)) {
    const wrong = judge(part, scope, source)
    if (wrong !== undefined) report(part.offset, wrong)
  }
  return parsed.template
}

/** The same text with blanks in place of what is ours. `${{` is of others. */
function withoutReferences(source: string): string {
  return source.replace(/\$\$\{|\$\{(?!\{)[^}]*\}/g, (found) => ' '.repeat(found.length))
}

/** Whether a text is what only a host or a shell would put something in place of, and so no value. */
export function holdsVariable(source: string, place: VariablePlace): boolean {
  return foreignVariable(withoutReferences(source), place) !== undefined
}

function judge(part: ReferencePart, scope: Scope, source: string): Said | undefined {
  const { reference, plain } = part
  if (reference.kind === 'env') return undefined
  if (scope.allows === 'env' && (!plain || reference.kind === 'lease')) {
    if (scope.place === 'args' && reference.kind === 'store') {
      const known = foreignReference(`${reference.store}:NAME`)
      const ofHost = !scope.stores.includes(reference.store) && variableOf(source) !== undefined
      if (ofHost && known !== undefined) return { ...known, hint: hintInContainer(source, known.hint) }
    }
    const declare = reference.kind === 'lease' ? '' : `; if it is no secret, write ${asPlain(part)}`
    return {
      message:
        'only ${env:…} and ${plain:…} work in command, args, cwd and url, which other programs can read',
      hint: `${wayInstead(part, scope, source)}${declare}`,
    }
  }
  if (reference.kind === 'file') return undefined
  if (scope.allows === 'env and file') {
    return {
      message: "a store's settings can't refer to a store or a lease",
      hint: 'take the value from ${env:NAME} or ${file:/path}',
    }
  }
  return reference.kind === 'store'
    ? judgeStore(reference.store, scope.stores)
    : judgeLease(reference.lease, scope.leases)
}

function wayInstead({ offset }: ReferencePart, { place }: Scope, source: string): string {
  const variable = place === 'args' ? variableOf(source) : undefined
  return variable === undefined
    ? 'pass the value in `env:` (or `headers:` for a remote server), where every reference works'
    : byName(variable, JSON.stringify(source.slice(offset, source.indexOf('}', offset) + 1)))
}

function judgeStore(store: string, stores: readonly string[]): Said | undefined {
  if (stores.includes(store)) return undefined
  const message = `no store is called "${store}"`
  const known = foreignReference(`${store}:NAME`)
  if (known !== undefined) return known
  const line = READY.has(store) ? `: ${store}: { type: ${store} }` : ''
  return { message, hint: suggest(store, stores, `declare it under \`secrets:\`${line}`) }
}

/** Types of stores that need no setting, so that a line of it works as it stands. */
const READY: ReadonlySet<string> = new Set(['local', 'keychain', 'pass'])

function judgeLease(lease: string, leases: readonly string[]): Said | undefined {
  if (leases.includes(lease)) return undefined
  return {
    message: 'the lease that is referred to is not declared',
    hint: suggest(lease, leases, 'declare it under `leases:` of this server'),
  }
}

/** "did you mean", else what to do about it and what there is. */
export function suggest(name: string, known: readonly string[], otherwise: string): string {
  const shown = known.filter(isShowable).slice(0, MAX_SUGGESTIONS)
  const near = nearestName(name, shown)
  if (near !== undefined) return `did you mean "${near}"?`
  return shown.length === 0 ? otherwise : `${otherwise}; declared: ${shown.join(', ')}`
}
