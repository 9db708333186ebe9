/**
 * Reads how a server is reached: a program to start or an address. Exactly one of the two is given, with only its own
 * fields.
 */
import { isAbsolute, resolve } from 'node:path'
import { parseTemplate, references, type Template } from '../../secrets/reference.ts'
import { flawOf } from '../../net/reach.ts'
import type { InstallMode } from '../../packages/options.ts'
import type { OAuthSpec } from '../../upstream/remote/remote-spec.ts'
import { programIn } from '../paste/command-text.ts'
import type { LocalLaunch, RemoteLaunch } from '../config.ts'
import { parsedUrl } from '../../parsed-url.ts'
import type { ServerEntry } from './server-entry.ts'
import { readBrokered } from './brokered.ts'
import { checkHeaders } from './header-shapes.ts'

/** Undefined when a finding says why. `dir` is the directory of servers.yaml. */
export function readLaunch(
  entry: ServerEntry,
  dir: string,
  install: InstallMode = 'auto',
): LocalLaunch | RemoteLaunch | undefined {
  const { command, url } = entry.raw
  if (command !== undefined && url !== undefined) {
    return entry.refuse(['url'], `${entry.name} has both "command" and "url"`, 'keep one of them')
  }
  if (command !== undefined) return readLocal(entry, command, dir, install)
  if (url !== undefined) return readRemote(entry, url, dir)
  return entry.refuse(
    [],
    `${entry.name} has neither "command" nor "url"`,
    'give the program to start as `command:`, or the address of a remote server as `url:`',
  )
}

function readLocal(
  entry: ServerEntry,
  program: string,
  dir: string,
  usual: InstallMode,
): LocalLaunch | undefined {
  const { type, headers, args = [], cwd = '', inheritEnv = [] } = entry.raw
  if (type !== undefined && type !== 'stdio' && type !== 'local') {
    return entry.refuse(['type'], `${entry.name} has a "command", so its type is stdio`, 'remove "type"')
  }
  if (headers !== undefined)
    entry.warn(['headers'], '"headers" do nothing for a server with a "command"', 'remove it')
  for (const field of ['oauth', 'allowPrivate', 'caCert'] as const) {
    if (entry.raw[field] !== undefined)
      entry.warn([field], `"${field}" does nothing for a server with a "command"`, 'remove it')
  }
  const isSound = isSoundProgram(entry, program)
  const command = entry.template(program, ['command'], 'env')
  const directory = entry.template(cwd, ['cwd'], 'env')
  const read = args.map((arg, index) => entry.template(arg, ['args', index], 'env'))
  const env = entry.templates('env')
  const brokered = env === undefined ? undefined : readBrokered(entry, env)
  const good = read.filter((arg) => arg !== undefined)
  if (
    !isSound ||
    command === undefined ||
    directory === undefined ||
    env === undefined ||
    brokered === undefined ||
    good.length < read.length
  ) {
    return undefined
  }
  const install = entry.raw.install ?? usual
  return {
    kind: 'stdio',
    command: hasSlash(command) ? absolute(command, dir) : command,
    args: good,
    cwd: absolute(directory, dir),
    isCwdGiven: entry.raw.cwd !== undefined,
    env,
    brokered,
    inheritEnv,
    ...(install !== 'auto' && { install }),
  }
}

function readRemote(entry: ServerEntry, source: string, dir: string): RemoteLaunch | undefined {
  const { type } = entry.raw
  if (type === 'stdio' || type === 'local') {
    return entry.refuse(['type'], `${entry.name} has a "url", so its type is http`, 'remove "type"')
  }
  for (const field of ['args', 'cwd', 'env', 'inheritEnv', 'inheritProxy', 'install'] as const) {
    if (entry.raw[field] === undefined) continue
    entry.warn([field], `"${field}" does nothing for a server with a "url"`, 'remove it')
  }
  const url = entry.template(source, ['url'], 'env')
  const headers = entry.templates('headers')
  const sendable = checkHeaders(entry)
  if (url === undefined || headers === undefined || !sendable) return undefined
  if (references(url).length === 0 && !isWebAddress(source)) {
    return entry.refuse(['url'], '"url": expected a web address', 'it begins with https:// or http://')
  }
  if (references(url).length === 0 && !isSafeAddress(entry, source)) return undefined
  const oauth = readOAuth(entry)
  const caCert = readCaCert(entry, dir)
  if (oauth === undefined || caCert === undefined) return undefined
  return {
    kind: 'remote',
    url,
    headers,
    transport: type === 'sse' ? 'sse' : 'http',
    allowPrivate: entry.raw.allowPrivate ?? false,
    oauth,
    ...caCert,
  }
}

/** Undefined when a finding says why; no authority is `{}`. */
function readCaCert(entry: ServerEntry, dir: string): Pick<RemoteLaunch, 'caCert'> | undefined {
  const { caCert } = entry.raw
  if (caCert === undefined) return {}
  const template = entry.template(caCert, ['caCert'], 'env')
  if (template === undefined) return undefined
  // As for stores, `~/` is the home directory; it is put in when the file is read.
  return { caCert: /^~[/\\]/.test(caCert) ? template : absolute(template, dir) }
}

function readOAuth(entry: ServerEntry): OAuthSpec | undefined {
  const { oauth, headers = {} } = entry.raw
  if (oauth === undefined) return {}
  const hasCredentials = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')
  if (hasCredentials) {
    return entry.refuse(
      ['oauth'],
      `${entry.name} has both "oauth" and an Authorization header`,
      'keep one of them; with the header nobody logs in',
    )
  }
  const { clientId, clientSecret, scopes, callbackPort } = oauth
  if (clientSecret !== undefined && clientId === undefined) {
    return entry.refuse(
      ['oauth'],
      '"oauth" has a "clientSecret" and no "clientId"',
      'add the id that it belongs to',
    )
  }
  const secret = clientSecret === undefined ? undefined : readClientSecret(entry, clientSecret)
  if (clientSecret !== undefined && secret === undefined) return undefined
  return {
    ...(clientId === undefined ? {} : { clientId }),
    ...(secret === undefined ? {} : { clientSecret: secret }),
    ...(scopes === undefined ? {} : { scopes: scopesOf(scopes) }),
    ...(callbackPort === undefined ? {} : { callbackPort }),
  }
}

function readClientSecret(entry: ServerEntry, source: string): Template | undefined {
  const template = entry.template(source, ['oauth', 'clientSecret'], 'everything')
  if (template === undefined || references(template).length > 0) return template
  return entry.refuse(
    ['oauth', 'clientSecret'],
    '"oauth.clientSecret" stands there in plain',
    'keep it with "sidemux secrets set", and write a reference in its place',
  )
}

function scopesOf(scopes: readonly string[] | string): readonly string[] {
  return typeof scopes === 'string' ? scopes.split(/\s+/).filter((scope) => scope !== '') : scopes
}

/** What a shell would make of it, and nobody else does: `~` would be a directory of that name. */
function isSoundProgram(entry: ServerEntry, program: string): boolean {
  const written = programIn(program)
  if (written !== undefined) {
    const args = 'write the program alone as `command:`, and each word behind it as an item of `args:`'
    entry.refuse(['command'], '"command" holds arguments too', `${args}: command: ${written}, args: […]`)
  }
  const tildes = (['command', 'cwd'] as const).filter((field) => /^~(?:[/\\]|$)/.test(entry.raw[field] ?? ''))
  for (const field of tildes)
    entry.refuse(
      [field],
      `"${field}": ~ is not expanded`,
      'write ${env:HOME} in its place, or the whole path',
    )
  for (const [index, arg] of (entry.raw.args ?? []).entries()) {
    if (/^-\w\s+\S+$|^--[\w-]+\s+[^\s"']+$/.test(arg))
      entry.warn(
        ['args', index],
        'an argument holds two words',
        'write each word as an item of `args:`, as a shell would hand it over',
      )
    if (!/^~(?:[/\\]|$)/.test(arg)) continue
    const hint = 'write ${env:HOME} in its place, unless the server knows what it means'
    entry.warn(['args', index], 'an argument begins with ~, which is not expanded', hint)
  }
  return written === undefined && tildes.length === 0
}

/** A name without one is looked up in PATH; what begins with a reference is left as it is. */
function hasSlash({ parts: [first] }: Template): boolean {
  return first?.kind === 'literal' && (process.platform === 'win32' ? /[/\\]/ : /\//).test(first.text)
}

function absolute(template: Template, dir: string): Template {
  const [first] = template.parts
  if (first?.kind === 'reference' || (first !== undefined && isAbsolute(first.text))) return template
  const base = dir.replaceAll('${', () => '$${')
  // With a reference in it the rest is not a path yet, so its dots are left to the system.
  const source =
    references(template).length === 0 ? resolve(base, template.source) : `${base}/${template.source}`
  const parsed = parseTemplate(source)
  return parsed.ok ? parsed.template : template
}

function isSafeAddress(entry: ServerEntry, source: string): boolean {
  const flaw = flawOf(new URL(source))
  if (flaw === 'credentials')
    entry.refuse(['url'], '"url" has credentials in it', 'hand them over in "headers", e.g. as Authorization')
  if (flaw === 'plain-http')
    entry.refuse(
      ['url'],
      '"url" would be spoken to unencrypted over the network',
      'write https:// in its place; plain http is for this machine only',
    )
  return flaw === undefined
}

function isWebAddress(text: string): boolean {
  return ['http:', 'https:'].includes(parsedUrl(text)?.protocol ?? '')
}
