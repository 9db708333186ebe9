/**
 * Refuses secrets where others can read them. Every user of the machine can read a command line and a working
 * directory, and an address is written to the logs of proxies and servers on its way. A secret from a reference is
 * refused there, and so is one that the entry also hands over in `env` or `headers`, unless the entry says
 * `allowSecretsInArgs`. A secret that the entry holds in plain text is known to others already; it is masked, and
 * `check` reports it. A value that is declared plain and is a secret by another reference is refused too.
 */
import { SidemuxError } from '../../errors.ts'
import { looksSecret } from '../../secrets/words/names.ts'
import {
  asPlain,
  references,
  type Reference,
  type ReferencePart,
  type Template,
} from '../../secrets/reference.ts'
import type { Secret } from '../../secrets/secret.ts'
import { secretsInPlain, type InPlain } from '../../secrets/tokens/in-plain.ts'
import type { CommonSpec } from './spec.ts'

export interface PlainField {
  readonly field: string
  readonly template: Template
  /** What became of it. */
  readonly text: string
  /** The secrets in it. */
  readonly places: readonly InPlain[]
  /** What its references brought; those that say where things are not among them. */
  readonly brought: readonly Secret[]
}

export interface KnownSecrets {
  /** Labels of all secrets that are known and stand in a text. */
  secretsIn(text: string): readonly string[]
  /** What the entry hands over in `env` or `headers`. */
  readonly handedOver: readonly Secret[]
}

/** @throws SidemuxError that names the field and its line, and never its value. */
export async function refuseSecretsIn(
  fields: readonly PlainField[],
  spec: Pick<CommonSpec, 'id' | 'allowSecretsInArgs' | 'where'>,
  known: KnownSecrets,
): Promise<void> {
  if (spec.allowSecretsInArgs) return
  for (const [index, plain] of fields.entries()) {
    const label = await secretOf(plain, known)
    if (label === undefined) continue
    const before = plain.field.startsWith('args.') ? fields[index - 1]?.template.source : undefined
    const { message, hint } = refusalOf({ ...plain, before }, label, spec.id)
    throw new SidemuxError(`${spec.where(plain.field)}: ${message}`, { hint })
  }
}

/** What to call the secret in a field; undefined when there is none that keeps it from being used. */
export async function secretOf(field: PlainField, known: KnownSecrets): Promise<string | undefined> {
  const variable = secretVariable(field.template)
  if (variable !== undefined) return variable.reference.name
  const [label] = known.secretsIn(withoutOpen(field, known))
  if (label !== undefined) return label
  const found = await secretsInPlain(field.brought.map((secret) => ({ text: secret.reveal() })))
  return found.flat().find(({ what }) => what !== undefined)?.what
}

/** The text without what its writer put there for everybody to read. */
function withoutOpen({ text, template, places }: PlainField, { handedOver }: KnownSecrets): string {
  const literals = template.parts.flatMap((part) => (part.kind === 'literal' ? [part.text] : []))
  const open = places.filter(({ from, to }) => {
    const value = text.slice(from, to)
    return (
      literals.some((literal) => literal.includes(value)) &&
      !handedOver.some((secret) => secret.reveal() === value)
    )
  })
  let rest = text
  for (const { from, to } of open) rest = rest.slice(0, from) + '\0'.repeat(to - from) + rest.slice(to)
  return rest
}

/** `${env:NAME}` with a name that says secret, whatever its value is, unless it is declared plain. */
export function secretVariable(template: Template): EnvPart | undefined {
  return references(template).find(
    (part): part is EnvPart =>
      part.reference.kind === 'env' && !part.plain && looksSecret(part.reference.name),
  )
}

type EnvPart = ReferencePart & { reference: Extract<Reference, { kind: 'env' }> }

export function refusalOf(
  {
    field,
    template,
    before,
  }: Pick<PlainField, 'field' | 'template'> & { readonly before: string | undefined },
  label: string,
  id: string,
): { message: string; hint: string } {
  const [readers, instead] =
    field === 'url'
      ? ['an address is written into many logs', 'headers']
      : ['others can read a command line', 'env']
  const container = containerVariable(template.source, before)
  const way =
    container === undefined
      ? `hand it over in ${instead}`
      : byName(container.name, JSON.stringify(container.value))
  const variable = secretVariable(template)
  const declare = variable === undefined ? '' : `; if it is no secret, write ${asPlain(variable)}`
  return {
    message: `the value is a secret (${label}), and ${readers}`,
    hint: `${way}, or set allowSecretsInArgs: true for ${id}${declare}`,
  }
}

/** How docker and podman get a variable whose value isn't on their command line; `value` as YAML. */
export function byName(name: string, value: string): string {
  return `write \`-e ${name}\` in args, without a value, and env: { ${name}: ${value} }, so that docker passes it on from there`
}

/** `-e NAME=${…}` of docker and podman; the value only where it is a reference. */
function containerVariable(
  argument: string,
  before: string | undefined,
): { name: string; value: string } | undefined {
  const joined = /^(?:-e|--env=)(?<name>[A-Za-z_]\w{0,63})=(?<value>\$\{[^}]*\})$/s.exec(argument)
  const parted =
    before === '-e' || before === '--env'
      ? /^(?<name>[A-Za-z_]\w{0,63})=(?<value>\$\{[^}]*\})$/s.exec(argument)
      : null
  const { name, value } = (joined ?? parted)?.groups ?? {}
  return name === undefined || value === undefined
    ? undefined
    : { name, value: value.replace(/:-.*\}$/, '}') }
}
