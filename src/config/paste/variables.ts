/**
 * Variables as other hosts and shells write them. A host would put a value in their place; here they would go to the
 * server as they stand, as its token for one. So they are errors that say what to write, and no secret in plain text.
 *
 * `${…}` of any kind is read by secrets/reference.ts; what of it only a host knows gets its sentence here.
 */
import { KEEP } from './keep.ts'

export interface ForeignVariable {
  /** In UTF-16 units, in the text that holds it. */
  readonly offset: number
  readonly message: string
  readonly hint: string
}

export type VariablePlace = 'env' | 'headers' | 'args' | 'url' | 'command' | 'cwd'

const HOST = 'a host would put a variable here'
const AS_IT_IS = 'if the text is meant as it is, keep it in a store and refer to it'

/** The first one in a text; undefined when there is none. */
export function foreignVariable(text: string, place: VariablePlace): ForeignVariable | undefined {
  return KINDS.flatMap((kind) => {
    const found = kind(text, place)
    return found === undefined ? [] : [found]
  }).toSorted((a, b) => a.offset - b.offset)[0]
}

/** What `${…}` with this between its braces means to a host, and what to write here; undefined when it isn't known. */
export function foreignReference(body: string): Omit<ForeignVariable, 'offset'> | undefined {
  const trimmed = body.trim()
  const [, scope = '', name = ''] = /^(\w+)[.:]\s*([\w.-]+)$/.exec(trimmed) ?? []
  if (scope === 'input' || scope === 'user_config' || scope === 'secrets') return said(IN_STORE)
  if (scope === 'env' && trimmed[3] === '.') return said(`write ${envReference(name)}`)
  if (scope === 'command' || scope === 'config') return said('write out what the host would put there')
  const place = PLACES.get(trimmed)
  if (place !== undefined) return said(place)
  const [, shell] = /^([A-Za-z_]\w*)(?::?[?+=-].*)?$/s.exec(trimmed) ?? []
  if (shell === undefined) return undefined
  const fallback = /^\w+:?-(?:.*)$/s.test(trimmed) ? ':-default' : ''
  const reference = envReference(shell, fallback)
  return said(`write ${reference} for an environment variable; write $\${ where a literal \${ is meant`)
}

const IN_STORE = `a host would ask for it; ${KEEP}`
const FOLDER = 'write the whole path; there is no open folder here'

/** Names that hosts give to folders. */
const PLACES: ReadonlyMap<string, string> = new Map([
  ['workspaceFolder', FOLDER],
  ['workspaceRoot', FOLDER],
  ['workspaceFolderBasename', FOLDER],
  ['fileDirname', FOLDER],
  ['file', FOLDER],
  ['cwd', FOLDER],
  ['userHome', 'write ${env:HOME}'],
  ['__dirname', 'write the whole path of the folder that holds the server'],
  ['pathSeparator', 'write / (or \\ on Windows)'],
  ['/', 'write / (or \\ on Windows)'],
])

type Kind = (text: string, place: VariablePlace) => ForeignVariable | undefined

/** `${{ secrets.X }}` of workflows, and `{{X}}` of templates. */
const braces: Kind = (text) => {
  const found = /\$?\{\{\s*(?:(secrets|inputs?|user_config)\.)?([A-Za-z_][\w.-]*)\s*\}\}/.exec(text)
  if (found === null) return undefined
  const [, scope, name = ''] = found
  return at(found.index, scope === undefined ? `write ${envReference(name)}` : IN_STORE)
}

/** `{env:X}` and `{file:x}` of opencode. */
const opencode: Kind = (text) => {
  const found = /(?<![${])\{(env|file):([^{}]*)\}/.exec(text)
  if (found === null) return undefined
  const [, scope, name = ''] = found
  return at(found.index, scope === 'file' ? 'write ${file:/path}' : `write ${envReference(name)}`)
}

/**
 * `$X` of shells. Where a text is nothing else, or only a scheme, an option or a parameter before it, it may have any
 * name; inside of other text only names in capitals are sure.
 */
const dollar: Kind = (text) => {
  const found =
    /^((?:(?:Bearer|Basic|Token)\s+|--?[\w-]+[= ])?)\$(?:env:)?([A-Za-z_]\w*)$/i.exec(text) ??
    /()\$env:([A-Za-z_]\w*)/i.exec(text) ??
    /([?&][\w.-]+=)\$([A-Za-z_]\w*)/.exec(text) ??
    /(^|[\s=:/@,;("'&?])\$([A-Z_][A-Z0-9_]+)(?![\w$])/.exec(text)
  if (found === null) return undefined
  const [, before = '', name = ''] = found
  return at(found.index + before.length, `write ${envReference(name)}`)
}

/** What programs write to read a variable, and one in braces of its own. */
const program: Kind = (text) => {
  const found =
    /^((?:(?:Bearer|Basic|Token)\s+)?)(?:process\.env\.|os\.environ[./]|os\.environ\[["']|os\.getenv\(["']|env[:.(]|env\(["'])([A-Za-z_]\w*)["'\])]*$/.exec(
      text,
    ) ?? /^((?:(?:Bearer|Basic|Token)\s+)?)\{([A-Z][A-Z0-9_]+)\}$/.exec(text)
  return found === null ? undefined : at(found[1]?.length ?? 0, `write ${envReference(found[2] ?? '')}`)
}

/** An address of 1Password, which its own program would put a value in place of. */
const onePassword: Kind = (text) => {
  const index = text.search(/(?:^|\s)op:\/\/\S/)
  return index === -1
    ? undefined
    : {
        offset: index,
        message: HOST,
        hint: 'declare a store of type op under `secrets:`, and refer to it: ${op:VAULT/ITEM/FIELD}',
      }
}

/** `%X%` of Windows, which is no escape of a web address. */
const percent: Kind = (text) => {
  for (const found of text.matchAll(/%([A-Za-z_][A-Za-z0-9_()]+)%/g)) {
    const [whole, name = ''] = found
    const after = text.slice(found.index + whole.length, found.index + whole.length + 2)
    if (/^[\dA-Fa-f]+$/.test(name) || (/^[\dA-Fa-f]{2}/.test(name) && /^[\dA-Fa-f]{2}$/.test(after))) continue
    return at(found.index, `write ${envReference(name)}`)
  }
  return undefined
}

/** `$(cmd)` and `` `cmd` ``. */
const command: Kind = (text, place) => {
  const found = /(?<!\$)\$\([^)]*\)|^`[^`]+`$/.exec(text)
  if (found === null) return undefined
  const isProgram = place === 'command' || place === 'cwd' || place === 'args'
  const which = /^(?:\$\(|`)\s*(?:which|command -v)\b/.test(found[0])
  return {
    offset: found.index,
    message: 'a shell would run a command here, and put in what it prints',
    hint:
      place === 'command' && which
        ? 'write the name of the program alone; it is looked up in PATH'
        : isProgram
          ? 'write out what it prints'
          : 'declare a store of type exec under `secrets:`, and refer to it',
  }
}

/** `<YOUR_TOKEN>` of instructions, and what else only holds a place. */
const placeholder: Kind = (text, place) => {
  if (place !== 'env' && place !== 'headers') return undefined
  const [, before] =
    /^((?:(?:Bearer|Basic|Token)\s+)?)(?:<[A-Za-z][\w .-]{2,60}>|(?:YOUR|INSERT|REPLACE|ENTER|PASTE)[_-][A-Z0-9_-]{2,60}|x{4,}|\.{3}|…)$/i.exec(
      text,
    ) ?? []
  const isOne = before !== undefined && PLACEHOLDER.test(text)
  return isOne
    ? {
        offset: before.length,
        message: 'this only says what belongs here',
        hint: KEEP,
      }
    : undefined
}

const PLACEHOLDER = /<|KEY|TOKEN|SECRET|PASSWORD|_ID|-ID|HERE|_ME|URL|xxxx|\.\.\.|…/i

const KINDS: readonly Kind[] = [braces, opencode, dollar, percent, command, program, onePassword, placeholder]

function at(offset: number, hint: string): ForeignVariable {
  return { offset, message: HOST, hint: `${hint}; ${AS_IT_IS}` }
}

function said(hint: string): Omit<ForeignVariable, 'offset'> {
  return { message: HOST, hint }
}

/** Of what may be shown: a name in capitals as variables have them, and nothing that could be a value. */
function envReference(name: string, fallback = ''): string {
  return `\${env:${/^[A-Z_][A-Z0-9_]{0,39}$/.test(name) ? name : 'NAME'}${fallback}}`
}
