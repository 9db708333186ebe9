/**
 * What is plain to others: a command line and a working directory can be read by every other user of the machine, and an
 * address is written into the logs of whatever lies on its way. A secret is refused there, unless the entry says
 * `allowSecretsInArgs`; so is what is declared plain and is a secret by another reference.
 */
import { SidemuxError } from '../errors.ts'
import { looksSecret } from '../secrets/names.ts'
import {
  asPlain,
  references,
  type Reference,
  type ReferencePart,
  type Template,
} from '../secrets/reference.ts'
import type { CommonSpec } from './spec.ts'

export interface PlainField {
  readonly field: string
  readonly template: Template
  /** What became of it. */
  readonly text: string
}

/** @throws SidemuxError that names the field and its line, and never its value. */
export function refuseSecretsIn(
  fields: readonly PlainField[],
  spec: Pick<CommonSpec, 'id' | 'allowSecretsInArgs' | 'where'>,
  secretsIn: (text: string) => readonly string[],
): void {
  if (spec.allowSecretsInArgs) return
  for (const { field, template, text } of fields) {
    const variable = secretVariable(template)
    const label = variable?.reference.name ?? secretsIn(text)[0]
    if (label === undefined) continue
    const declare = variable === undefined ? '' : `; if it is no secret, write ${asPlain(variable)}`
    const [readers, instead] =
      field === 'url'
        ? ['an address is written into many logs', 'headers']
        : ['others can read a command line', 'env']
    throw new SidemuxError(`${spec.where(field)}: the value is a secret (${label}), and ${readers}`, {
      hint: `hand it over in ${instead}, or set allowSecretsInArgs: true for ${spec.id}${declare}`,
    })
  }
}

/** `${env:NAME}` with a name that says secret, whatever its value is, unless it is declared plain. */
function secretVariable(template: Template): EnvPart | undefined {
  return references(template).find(
    (part): part is EnvPart =>
      part.reference.kind === 'env' && !part.plain && looksSecret(part.reference.name),
  )
}

type EnvPart = ReferencePart & { reference: Extract<Reference, { kind: 'env' }> }
