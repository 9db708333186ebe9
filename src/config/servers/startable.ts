/**
 * Finds what the start of a server would refuse, as far as the entry alone shows it: a secret where others can read
 * it, or a sandbox that there isn't here (upstream/launch/plain.ts, upstream/launch/confined.ts). So `check` reports it
 * with its line, and nobody waits for a server that can't start.
 */
import { statSync } from 'node:fs'
import { holdsSecret } from '../../secrets/words/places.ts'
import { references, type Template } from '../../secrets/reference.ts'
import { MIN_MASKABLE_LENGTH } from '../../secrets/secret.ts'
import { secretsInPlain } from '../../secrets/tokens/in-plain.ts'
import { refusalOf, secretVariable } from '../../upstream/launch/plain.ts'
import type { Confiner } from '../../confine/confiner/confiner.ts'
import { decideConfinement, unconfinedServers } from '../../confine/decision.ts'
import { unconfined } from '../../upstream/launch/confined.ts'
import type { Config, LocalLaunch, RemoteLaunch } from '../config.ts'
import { confinables } from '../for-rooms.ts'
import type { ServerEntry } from './server-entry.ts'
import type { Mark, Path, Position } from '../problem.ts'

/**
 * For `check`: a server that requires what there isn't is refused when it is started; those that only run unconfined for
 * lack of it are told together, at the first of them.
 */
export function confinedMarks({ servers }: Pick<Config, 'servers'>, confiner: Confiner): readonly Mark[] {
  const local = confinables({ servers })
  const positionOf = (id: string): Position =>
    servers.find((server) => server.id === id)?.fieldPosition('sandbox') ?? { line: 1, col: 1 }
  const refused = local.flatMap(({ id, ...server }): Mark[] => {
    const decision = decideConfinement(server, confiner)
    if (decision.kind !== 'refuse') return []
    const { message } = unconfined(id, decision)
    return [{ ...positionOf(id), severity: 'error', message, hint: decision.hint }]
  })
  const degraded = unconfinedServers(local, confiner)
    .filter(({ reason }) => reason === 'nothing')
    .map(({ ids: [first = ''], message, hint }): Mark => ({
      ...positionOf(first),
      severity: 'warning',
      message,
      hint,
    }))
  return [...refused, ...degraded]
}

/** For `check`: a folder may still be made before the start, so it is a warning. One that holds a token is told as that. */
export async function folderMarks({ servers }: Pick<Config, 'servers'>): Promise<readonly Mark[]> {
  const absent = servers.flatMap((server) => {
    const { launch } = server
    if (launch.kind === 'remote' || references(launch.cwd).length > 0) return []
    const text = launch.cwd.parts.map((part) => (part.kind === 'literal' ? part.text : '')).join('')
    return isFolder(text) ? [] : [{ server, text }]
  })
  const tokens = await secretsInPlain(absent)
  return absent
    .filter((_, index) => tokens[index]?.length === 0)
    .map(({ server }) => ({
      ...server.fieldPosition('cwd'),
      severity: 'warning',
      message: `there is no folder that "cwd" of ${server.id} names, and without it the server can't start`,
      hint: 'create it, or correct the path',
    }))
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

export function keepsSecrets(entry: ServerEntry, id: string, launch: LocalLaunch | RemoteLaunch): boolean {
  const open = entry.raw.allowSecretsInArgs === true ? [] : openSecrets(id, launch)
  for (const { path, message, hint } of open) entry.refuse(path, message, hint)
  return open.length === 0
}

interface OpenSecret {
  readonly path: Path
  readonly message: string
  readonly hint: string
}

function openSecrets(id: string, launch: LocalLaunch | RemoteLaunch): readonly OpenSecret[] {
  const fields = openFields(launch)
  const handedOver = literalsOf(launch.kind === 'remote' ? launch.headers : launch.env)
  return fields.flatMap(([field, template], index): readonly OpenSecret[] => {
    const [, literal] = handedOver.find(([, value]) => template.source.includes(value)) ?? []
    const name = handedOver.find(([, value]) => value === literal)?.[0]
    const label =
      secretVariable(template)?.reference.name ?? (name === undefined ? undefined : `${id}.${name}`)
    if (label === undefined) return []
    const before = field.startsWith('args.') ? fields[index - 1]?.[1].source : undefined
    const [key = '', at] = field.split('.')
    const path = at === undefined ? [key] : [key, Number(at)]
    return [{ path, ...refusalOf({ field, template, before }, label, id) }]
  })
}

function openFields(launch: LocalLaunch | RemoteLaunch): readonly (readonly [string, Template])[] {
  if (launch.kind === 'remote') return [['url', launch.url]]
  return [
    ['command', launch.command],
    ['cwd', launch.cwd],
    ...launch.args.map((template, index) => [`args.${index}`, template] as const),
  ]
}

/** Handed over as secrets, and written out. */
function literalsOf(templates: ReadonlyMap<string, Template>): readonly (readonly [string, string])[] {
  return [...templates].flatMap(([name, template]) =>
    holdsSecret(name, template.source) &&
    references(template).length === 0 &&
    template.source.length >= MIN_MASKABLE_LENGTH
      ? [[name, template.source.replace(/^(?:Bearer|Basic|Token) +/i, '')] as const]
      : [],
  )
}
