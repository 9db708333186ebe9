/**
 * A sandbox in plain words, from the same profile that a launch uses. Pure.
 *
 *     notes is confined by bubblewrap
 *
 *       reads     the system: /usr, /etc, …
 *                 /home/me/server
 *       writes    /home/me/notes
 */
import type { Mount, SandboxProfile } from '../../confine/mounts.ts'
import type { NetworkRules } from '../../confine/network.ts'
import { isOfSystem } from '../../confine/system.ts'
import type { BrokeredSecrets } from '../../egress/broker/brokered.ts'
import type { LimitsOption } from '../../upstream/limits.ts'
import { MAX_PROCESSES } from '../../upstream/limits.ts'
import { visibleLine } from '../../visible.ts'

export interface SandboxFacts {
  readonly server: string
  readonly by: string
  readonly profile: SandboxProfile
  readonly protect: readonly string[]
  readonly limits: LimitsOption
  /** Undefined where nothing is brokered. */
  readonly brokered?: BrokeredSecrets | undefined
}

export interface SandboxShown {
  readonly server: string
  readonly confined: true
  readonly by: string
  readonly reads: { readonly system: readonly string[]; readonly paths: readonly string[] }
  readonly writes: readonly string[]
  /** Where its own home stands, and what of the disk that is. */
  readonly home: { readonly path: string; readonly from: string } | null
  /** Nothing of these is there. */
  readonly empty: readonly string[]
  readonly network: 'all' | 'none' | readonly string[]
  /** Variables of which it has a placeholder, and where their values go. Its network has one way out then. */
  readonly brokered: Readonly<Record<string, readonly string[]>>
  readonly limits: { readonly memory: number | null; readonly processes: number; readonly cpu: number | null }
  /** Paths that no server sees. */
  readonly never: readonly string[]
  readonly cwd: string
}

export function sandboxShown({ server, by, profile, protect, limits, brokered }: SandboxFacts): SandboxShown {
  const { mounts, cwd, network } = profile
  const of = (kind: Mount['kind']): readonly Mount[] => mounts.filter((mount) => mount.kind === kind)
  const home = mounts.find((mount) => mount.kind === 'home')
  const reads = of('read').map(({ path }) => path)
  const system = [...reads, ...of('link').map(({ path }) => path)].filter(isOfSystem)
  return {
    server,
    confined: true,
    by,
    reads: { system, paths: reads.filter((path) => !isOfSystem(path) && !path.startsWith('/proc/')) },
    writes: of('write').map(({ path }) => path),
    home: home === undefined ? null : { path: home.path, from: home.from },
    empty: mounts.flatMap((mount) => (mount.kind === 'empty' && mount.keep ? [mount.path] : [])),
    network: networkShown(network),
    brokered: Object.fromEntries(
      (brokered?.all ?? []).map(({ field, hosts }) => [
        field.replace(/^env\./, ''),
        hosts.map(({ host, port }) => `${host}:${port}`),
      ]),
    ),
    limits: {
      memory: limits.memory ?? null,
      processes: limits.processes ?? MAX_PROCESSES,
      cpu: limits.cpu ?? null,
    },
    never: protect,
    cwd,
  }
}

function networkShown(network: NetworkRules): SandboxShown['network'] {
  if (network.kind !== 'named') return network.kind
  return network.hosts.map(({ host, ports }) => (ports.length === 0 ? host : `${host}:${ports.join(',')}`))
}

const WIDTH = 10

export function sandboxText(shown: SandboxShown): string {
  const { server, by, reads, writes, home, empty, network, brokered, limits, never, cwd } = shown
  const puts = Object.entries(brokered).map(([name, hosts]) => `${name} for ${hosts.join(', ')}`)
  const rows: [string, readonly string[]][] = [
    ['reads', [`the system: ${reads.system.join(', ')}`, ...reads.paths]],
    ['writes', writes.length === 0 ? ['nothing of yours'] : writes],
    ['home', home === null ? ['none'] : [`${home.path} is its own, kept in ${home.from}`]],
    ['empty', [`${empty.join(', ')}: its own, gone when it ends`]],
    ['works in', [cwd]],
    ['network', networkWords(network, puts.length > 0)],
    ['brokered', puts],
    ['limits', [limitWords(limits)]],
    ['never', never],
  ]
  return [
    `${server} is confined by ${by}`,
    '',
    ...rows.flatMap(([name, lines]) =>
      lines.map((line, at) => `  ${(at === 0 ? name : '').padEnd(WIDTH)}${visibleLine(line)}`),
    ),
    '',
    `It has no other process, and no file that isn't named here. To give it more: sandbox of "${server}" in servers.yaml.`,
    '',
  ].join('\n')
}

function networkWords(network: SandboxShown['network'], hasOneWay: boolean): readonly string[] {
  if (network === 'all' && hasOneWay)
    return ['all but this machine itself, by one way out that sidemux holds']
  if (network === 'all') return ['all that this machine reaches, this machine itself too']
  return network === 'none' ? ['none'] : network
}

function limitWords({ memory, processes, cpu }: SandboxShown['limits']): string {
  return [
    memory === null ? 'three quarters of the memory' : `${Math.round(memory / 2 ** 20)} MiB of memory`,
    `${processes} processes`,
    cpu === null ? 'all processors' : `${cpu} processors`,
  ].join(', ')
}
