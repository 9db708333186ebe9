/**
 * The reference grammar, the only place that knows it:
 *
 *   ${env:NAME}  ${env:NAME:-default}  ${file:/path}  ${file:/path#json.field}
 *   ${store:path}  ${store:path#field}  ${lease:name#field}      $${ is a literal ${
 *   ${plain:REF}, where REF is any of these without its braces: the same value, declared to be no secret
 *
 * One pass: what a reference resolves to is text and is never looked at again. A `$` that doesn't begin `${` is
 * literal. A reference ends at the first `}`, so neither braces nor another reference fit inside it. The first `#`
 * ends a path, as in a URL, so a path can't hold one while a field can. The first `:-` ends an environment
 * name, so a default may hold anything else, colons and `#` included.
 *
 * Neither a problem nor a reference's `text` repeats what may be a value: a password that holds `${` and was
 * pasted in plain must not reach a terminal through its own error message, nor must a default.
 */

export type Reference =
  | { kind: 'env'; name: string; fallback?: string }
  | { kind: 'file'; path: string; field?: string }
  | { kind: 'store'; store: string; path: string; field?: string }
  | { kind: 'lease'; lease: string; field: string }

export interface ReferencePart {
  kind: 'reference'
  reference: Reference
  /** As written, `${team:/x#y}`, except that a default is elided: `${env:NAME:-…}`. Safe to show. */
  text: string
  /** Declared to be no secret. */
  plain?: true
  /** Where its `${` stands in the source, in UTF-16 code units. */
  offset: number
}

export type TemplatePart = { kind: 'literal'; text: string } | ReferencePart

export interface Template {
  source: string
  parts: readonly TemplatePart[]
}

export type TemplateProblem = { message: string; hint: string; offset: number }

/** Names that a store's alias can't take, because the grammar has given them a meaning. */
export const RESERVED_SCHEMES: readonly string[] = ['env', 'file', 'lease', 'plain']

const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_()]*$/
const SCHEME = /^[a-z][a-z0-9-]{0,31}$/
const LITERAL_HINT = 'write $${ where a literal ${ is meant'

type Parsed = { reference: Reference; plain?: true } | { message: string; hint: string }

const UNCLOSED: Parsed = {
  message: 'a reference is not closed: ${ without a }',
  hint: `add the }, or ${LITERAL_HINT}`,
}

export function parseTemplate(
  source: string,
): { ok: true; template: Template } | { ok: false; problems: readonly TemplateProblem[] } {
  const parts: TemplatePart[] = []
  const problems: TemplateProblem[] = []
  let literal = ''
  let at = 0
  for (let next = source.indexOf('${'); next !== -1; next = source.indexOf('${', at)) {
    const escaped = next > at && source[next - 1] === '$'
    literal += source.slice(at, escaped ? next - 1 : next)
    if (escaped) {
      literal += '${'
      at = next + 2
      continue
    }
    const end = source.indexOf('}', next)
    const parsed = end === -1 ? UNCLOSED : parseReference(source.slice(next + 2, end))
    if ('reference' in parsed) {
      if (literal !== '') parts.push({ kind: 'literal', text: literal })
      literal = ''
      parts.push({ kind: 'reference', ...parsed, text: show(parsed), offset: next })
    } else {
      problems.push({ ...parsed, offset: next })
    }
    at = end === -1 ? source.length : end + 1
  }
  literal += source.slice(at)
  if (literal !== '') parts.push({ kind: 'literal', text: literal })
  return problems.length > 0 ? { ok: false, problems } : { ok: true, template: { source, parts } }
}

export function references(template: Template): readonly ReferencePart[] {
  return template.parts.filter((part) => part.kind === 'reference')
}

/** Whether nothing but what is declared plain came into it. */
export function isDeclaredPlain(template: Template | undefined): boolean {
  return (
    template !== undefined &&
    template.parts.length > 0 &&
    template.parts.every((part) => part.kind === 'reference' && part.plain)
  )
}

/** What stands between `${` and `}`. */
function parseReference(body: string): Parsed {
  if (body.includes('${')) {
    return {
      message: 'a reference holds another ${',
      hint: body.startsWith('plain:${')
        ? 'references do not nest; leave out the inner ${ and }: ${plain:env:NAME}, ${plain:store:path}'
        : 'close the first one with } before the second begins; references do not nest',
    }
  }
  if (body.includes('{')) {
    return {
      message: 'a reference holds a {',
      hint: 'a reference ends at the first }, so keep values with braces in a store and refer to them',
    }
  }
  if (hasControlCharacter(body)) {
    return { message: 'a reference holds a line break or control character', hint: 'write it on one line' }
  }
  const colon = body.indexOf(':')
  if (colon === -1 || body[colon + 1] === '-') return withoutScheme(body)
  const scheme = body.slice(0, colon)
  if (!SCHEME.test(scheme)) {
    return {
      message: 'a reference does not begin with env:, file:, lease:, plain: or the alias of a store',
      hint: `write \${env:NAME}, \${file:/path}, \${lease:name#field} or \${store:path}, in lower case and without spaces; ${LITERAL_HINT}`,
    }
  }
  const rest = body.slice(colon + 1)
  if (scheme === 'plain') return parsePlain(rest)
  return scheme === 'env' ? parseEnv(rest) : parsePath(scheme, rest)
}

function parsePlain(rest: string): Parsed {
  if (rest === '' || rest.startsWith('plain:')) {
    return {
      message: `a plain: reference ${rest === '' ? 'holds no reference' : 'holds another plain:'}`,
      hint: 'write the reference behind it, without its braces: ${plain:env:NAME}, ${plain:store:path}',
    }
  }
  const parsed = parseReference(rest)
  if ('reference' in parsed) return { ...parsed, plain: true }
  return { ...parsed, hint: parsed.hint.replaceAll(/\$\{(?=env:|file:|lease:|store:)/g, '${plain:') }
}

/** `${NAME}` and `${NAME:-default}`, which shells and some hosts write. */
function withoutScheme(body: string): Parsed {
  const [, name, fallback] = /^([A-Z_][A-Z0-9_]*)(:-.*)?$/.exec(body) ?? []
  const suggestion = `\${env:${name ?? 'NAME'}${fallback === undefined ? '' : ':-default'}}`
  return {
    message:
      body.trim() === ''
        ? 'a reference is empty: ${}'
        : 'a reference does not say where its value comes from',
    hint: `write ${suggestion} for an environment variable; ${LITERAL_HINT}`,
  }
}

function parseEnv(rest: string): Parsed {
  const split = rest.indexOf(':-')
  const name = split === -1 ? rest : rest.slice(0, split)
  if (name === '') return { message: 'a reference names no environment variable', hint: 'write ${env:NAME}' }
  if (!ENV_NAME.test(name)) {
    return {
      message: 'a reference holds what is not the name of an environment variable',
      hint: name.includes('#')
        ? 'write ${env:NAME}; to read a JSON field of it, declare a store of type env and write ${store:NAME#field}'
        : 'write ${env:NAME}, or ${env:NAME:-default} with :- before the default',
    }
  }
  return {
    reference: split === -1 ? { kind: 'env', name } : { kind: 'env', name, fallback: rest.slice(split + 2) },
  }
}

function parsePath(scheme: string, rest: string): Parsed {
  const hash = rest.indexOf('#')
  const path = hash === -1 ? rest : rest.slice(0, hash)
  const field = hash === -1 ? undefined : rest.slice(hash + 1)
  const example =
    scheme === 'file' ? '${file:/path}' : scheme === 'lease' ? '${lease:name#field}' : `\${${scheme}:path}`
  if (path === '') {
    return { message: `a ${scheme}: reference has an empty name or path`, hint: `write ${example}` }
  }
  if (path !== path.trim() || field !== field?.trim()) {
    return { message: `a ${scheme}: reference has spaces around its path or field`, hint: `write ${example}` }
  }
  if (field === '') {
    return {
      message: `a ${scheme}: reference has a # and no field`,
      hint: 'name the field after the #, or drop the #',
    }
  }
  if (scheme === 'lease') {
    if (field !== undefined) return { reference: { kind: 'lease', lease: path, field } }
    return {
      message: 'a lease: reference names no field',
      hint: 'write ${lease:name#field}, e.g. ${lease:db#DB_USERNAME}',
    }
  }
  const at = field === undefined ? { path } : { path, field }
  return { reference: scheme === 'file' ? { kind: 'file', ...at } : { kind: 'store', store: scheme, ...at } }
}

function show({ reference, plain }: { reference: Reference; plain?: true }): string {
  return `\${${plain ? 'plain:' : ''}${bare(reference)}}`
}

function bare(reference: Reference): string {
  if (reference.kind === 'env') {
    return `env:${reference.name}${reference.fallback === undefined ? '' : ':-…'}`
  }
  if (reference.kind === 'lease') return `lease:${reference.lease}#${reference.field}`
  const scheme = reference.kind === 'file' ? 'file' : reference.store
  return `${scheme}:${reference.path}${reference.field === undefined ? '' : `#${reference.field}`}`
}

/** `${plain:team:/x}`, which a person writes where `${team:/x}` is no secret. */
export function asPlain({ reference }: Pick<ReferencePart, 'reference'>): string {
  return show({ reference, plain: true })
}

function hasControlCharacter(text: string): boolean {
  for (const character of text) if (character < ' ' || character === '\u007F') return true
  return false
}
