/**
 * Decides whether a form may be shown. It has to be as MCP describes it, a flat object of primitives, and it must not
 * ask for a secret. Only what a secret could be typed into counts: a field for text or a number. A choice or a tick
 * gives none away, so `{rotate_password: boolean}` passes, and the message of a form with such fields only isn't
 * judged. Pure.
 */
import { isRecord, type JsonObject } from '../json/record.ts'
import { visibleText } from '../visible.ts'
import { plainForm } from './form-words.ts'
import { asksForSecret, speaksOfSecret } from './secret-words.ts'
import { isFormQuestion } from '../wire/shapes/questions.ts'

export type JudgedForm =
  | { readonly kind: 'fine'; readonly schema: JsonObject }
  | { readonly kind: 'odd'; readonly why: string }
  /** `word` could hide or change a field in some host. */
  | { readonly kind: 'hides'; readonly word: string }
  /** `where` is in our words. */
  | { readonly kind: 'secret'; readonly where: string }

const MAX_FIELDS = 100
const MAX_LENGTH = 65_536

export function judgeForm(params: JsonObject): JudgedForm {
  const { requestedSchema: schema, message } = params
  if (!isRecord(schema) || !isRecord(schema['properties']))
    return { kind: 'odd', why: 'its form has no fields' }
  if (Object.keys(schema['properties']).length > MAX_FIELDS || JSON.stringify(schema).length > MAX_LENGTH)
    return { kind: 'odd', why: 'its form is too long' }
  const fields = Object.entries(schema['properties']).filter(([, field]) => isTyped(field))
  for (const [name, field] of fields) {
    const where = isRecord(field) ? secretIn(name, field) : undefined
    if (where !== undefined) return { kind: 'secret', where }
  }
  const about = [message, schema['title'], schema['description']].filter(isText).map(withoutMasks)
  if (fields.length > 0 && about.some(asksForSecret)) return { kind: 'secret', where: 'its message' }
  const plain = plainForm(schema)
  if (plain.kind === 'hides') return plain
  if (!isFormQuestion({ message, requestedSchema: plain.schema }))
    return { kind: 'odd', why: 'its form has fields that are not of a form' }
  return { kind: 'fine', schema: plain.schema }
}

/** What is only read is made visible: titles and descriptions. Names and choices are what the answer is made of. */
export function visibleSchema(schema: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, visibleMember(key, value)]))
}

function visibleMember(key: string, value: unknown): unknown {
  if (key === 'title' || key === 'description') return isText(value) ? visibleText(value) : value
  if (key === 'enumNames')
    return Array.isArray(value) ? value.map((name) => visibleMember('title', name)) : value
  if (key === 'properties' && isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, visibleValue(field)]))
  if (key === 'oneOf' || key === 'anyOf') return Array.isArray(value) ? value.map(visibleValue) : value
  return key === 'items' ? visibleValue(value) : value
}

function visibleValue(value: unknown): unknown {
  return isRecord(value) ? visibleSchema(value) : value
}

/** Something is typed into it. What could be read as a text field by some host counts as one. */
function isTyped(field: unknown): boolean {
  if (!isRecord(field)) return true
  const { type, enum: values, oneOf } = field
  if (type === 'boolean' || type === 'array') return false
  const isChoice =
    (isFilled(values) && values.every(isText)) ||
    (isFilled(oneOf) && oneOf.every((choice) => isRecord(choice) && isText(choice['const'])))
  return type !== 'string' || !isChoice
}

function isFilled(list: unknown): list is readonly unknown[] {
  return Array.isArray(list) && list.length > 0
}

function secretIn(name: string, field: JsonObject): string | undefined {
  if (field['format'] === 'password' || field['writeOnly'] === true) return 'the format of a field'
  const isNumber = field['type'] === 'number' || field['type'] === 'integer'
  const texts: [unknown, string][] = [
    [name, 'the name of a field'],
    [field['title'], 'the title of a field'],
    [field['description'], 'the description of a field'],
  ]
  for (const [text, where] of texts) {
    const spoken = isText(text) ? speaksOfSecret(withoutMasks(text)) : undefined
    // A number is never a token; it may be a PIN.
    if (spoken === 'hard' || (spoken === 'soft' && !isNumber)) return where
  }
  return undefined
}

const WARNING =
  /\((?:please )?(?:do not|don['’]t|never) (?:give|enter|share|include|send|provide|type|put|use|tell) [^().;:!?]{0,200}\)/gi

/**
 * What stands for a masked secret names it, which asks for nothing; so does what warns of giving one away, in brackets
 * of its own and in one clause: "(do not give us your PIN)".
 */
function withoutMasks(text: string): string {
  return text
    .replace(/\[redacted:[^\]]*\]/g, ' ')
    .replace(WARNING, (warning) => (/\b(?:but|except|only|unless|here)\b/i.test(warning) ? warning : ' '))
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
