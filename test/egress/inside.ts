/** Runs programs in a sandbox whose only way out is a door of ours, with names that nobody else has. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bubblewrapArguments } from '../../src/confine/confiner/bubblewrap.ts'
import { networkRules } from '../../src/confine/network.ts'
import { realFiles } from '../../src/confine/real-files.ts'
import { systemMounts } from '../../src/confine/system.ts'
import { Egress, type EgressDeps, type WayOrder } from '../../src/egress/egress.ts'
import { RefusedPlaces, refusedText, type RefusedPlace } from '../../src/egress/refused-places.ts'

export interface Inside {
  /** What it printed, both ways, and how it ended. */
  run(program: string, ...args: string[]): Promise<{ readonly said: string; readonly code: number | null }>
  refused(): readonly RefusedPlace[]
  /** As the log has them. */
  told(): readonly string[]
  readonly stateDir: string
  close(): void
}

export interface InsideOptions {
  readonly network: 'all' | 'loopback' | readonly string[]
  /** Addresses by name; what isn't here doesn't exist. */
  readonly names?: Readonly<Record<string, readonly string[]>>
  readonly deps?: Partial<EgressDeps>
  readonly launch?: WayOrder['launch']
  readonly interceptor?: WayOrder['interceptor']
  readonly also?: WayOrder['also']
  readonly files?: WayOrder['files']
  readonly env?: Readonly<Record<string, string>>
}

export function inside(options: InsideOptions): Inside {
  const stateDir = mkdtempSync(join(tmpdir(), 'sidemux-egress-'))
  const news: RefusedPlace[] = []
  const refused = new RefusedPlaces((one) => news.push(one))
  const egress = new Egress({
    stateDir,
    env: { PATH: process.env['PATH'] },
    refused,
    doors: async () => new Set(),
    resolve: async (name) => resolved(name, options.names ?? {}),
    ...options.deps,
  })
  return {
    stateDir,
    refused: () => refused.of('one'),
    told: () => news.map((one) => refusedText(one).message),
    close: () => rmSync(stateDir, { recursive: true }),
    run: async (program, ...args) => {
      const out = await egress.open({
        server: 'one',
        network: networkRules(options.network),
        launch: options.launch ?? { args: [], env: {}, declared: [] },
        interceptor: options.interceptor,
        also: options.also ?? [],
        files: options.files ?? [],
      })
      try {
        return await ended(
          bubblewrapArguments(
            {
              mounts: [
                ...systemMounts([], realFiles),
                { kind: 'read', path: dirname(process.execPath) },
                ...out.mounts,
              ],
              cwd: '/tmp',
              network: networkRules(options.network),
              enter: out.enter,
            },
            [program, ...args],
            {},
          ),
          options.env,
        )
      } finally {
        out.close()
      }
    },
  }
}

async function resolved(
  name: string,
  names: Readonly<Record<string, readonly string[]>>,
): Promise<readonly { address: string; family: number }[]> {
  const found = names[name]
  if (found === undefined) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
  return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
}

function ended(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ said: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bwrap', args, {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)))
    child.once('error', reject).once('close', (code) => resolve({ said, code }))
  })
}
