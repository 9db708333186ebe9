/** Says from servers.yaml in which folders the paths of a server's arguments are. */
import { homedir } from 'node:os'
import { isAbsolute } from 'node:path'
import { disk } from '../policy/where/disk.ts'
import { ELSEWHERE, type ServerPlace } from '../policy/where/place.ts'
import type { Template } from '../secrets/reference.ts'
import type { LocalLaunch, RemoteLaunch } from './config.ts'
import { startsContainer } from './container.ts'

/** A server in a container has other folders than this machine, as one at an address has. */
export function serverPlaceOf(launch: LocalLaunch | RemoteLaunch): ServerPlace {
  if (launch.kind === 'remote' || isContainer(launch)) return ELSEWHERE
  const home = launch.env.get(process.platform === 'win32' ? 'USERPROFILE' : 'HOME')
  return {
    base: literal(launch.cwd),
    home: home === undefined ? homedir() : literal(home),
    roots: launch.args.map(literal).filter(isFolderName),
    platform: process.platform,
    disk,
  }
}

function isContainer({ command, args }: LocalLaunch): boolean {
  return startsContainer(
    command.source,
    args.map(({ source }) => source),
  )
}

function isFolderName(text: string | undefined): text is string {
  return text !== undefined && isAbsolute(text)
}

/** With variables of the environment as they are now; undefined where a store would have to be asked. */
function literal({ parts }: Template): string | undefined {
  const texts = parts.map((part) => {
    if (part.kind === 'literal') return part.text
    const { reference } = part
    return reference.kind === 'env' ? (process.env[reference.name] ?? reference.fallback) : undefined
  })
  return texts.includes(undefined) ? undefined : texts.join('')
}
