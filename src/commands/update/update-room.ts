/**
 * Looks for another version of a server's package and finds out what it changes (update.ts). It installs it beside the one that
 * runs, asks the registry who published both, and has each list its tools in a sandbox with nothing in it (trial.ts).
 */
import type { LockableServer } from '../../catalog/lock/lock-store.ts'
import { ServersLock } from '../../catalog/lock/servers-lock.ts'
import type { Config, ServerConfig } from '../../config/config.ts'
import { RefusedPlaces } from '../../egress/refused-places.ts'
import { SidemuxError } from '../../errors.ts'
import type { InstalledPackage } from '../../packages/installed.ts'
import { isAsLocked } from '../../packages/locked.ts'
import { provenanceOf, type Provenance } from '../../packages/npm/provenance.ts'
import { Packages, type PackageOrder } from '../../packages/packages.ts'
import { confinementOf } from '../../sidecar/children/confinement.ts'
import { packagingOf } from '../../sidecar/children/packaging.ts'
import { packageOrder, startedFrom } from '../../upstream/launch/from-package.ts'
import { wishOf } from '../../upstream/launch/packaged.ts'
import type { CommonSpec, LocalSpec } from '../../upstream/launch/spec.ts'
import type { Launch } from '../../upstream/process/process-launch.ts'
import { visibleLine, visibleText } from '../../visible.ts'
import { bareLaunch } from '../common/bare-launch.ts'
import type { Io } from '../io.ts'
import { updateLines, type ToolsSeen, type UpdateFacts } from './compare.ts'
import { toolsSeen } from './tools-seen.ts'
import { listInTrial } from './trial.ts'

export interface FoundUpdate {
  readonly id: string
  readonly before: InstalledPackage | undefined
  readonly after: InstalledPackage
  /** It isn't what there is, or not what servers.lock holds. */
  readonly isDue: boolean
  readonly facts: UpdateFacts
}

type Spec = CommonSpec & LocalSpec

export class UpdateRoom {
  readonly packages: Packages
  readonly lock: ServersLock
  readonly #config: Config
  readonly #io: Io
  readonly #stateDir: string
  readonly #confinement: ReturnType<typeof confinementOf>

  /** @param stateDir the state directory; @param lockable the servers as servers.lock knows them */
  constructor(config: Config, io: Io, stateDir: string, lockable: readonly LockableServer[]) {
    this.#config = config
    this.#io = io
    this.#stateDir = stateDir
    this.packages = new Packages({
      stateDir: this.#stateDir,
      configFile: config.file,
      now: Date.now,
      inLock: (id, launchHash) => this.lock.packageOf(id, launchHash),
      onInstalling: () => undefined,
    })
    this.lock = new ServersLock(stateDir, config.file, lockable, 'ask')
    this.#confinement = confinementOf({
      config: () => config,
      stateDir: this.#stateDir,
      env: io.env,
      refused: new RefusedPlaces(() => undefined),
    })
  }

  async close(): Promise<void> {
    await this.packages.close()
  }

  /** Undefined for a server that sidemux installs no package for. */
  async look(
    server: ServerConfig,
    isNamed: boolean,
    isQuiet: boolean,
  ): Promise<FoundUpdate | 'failed' | undefined> {
    const { id } = server
    const bare = await bareLaunch(server, this.#config, this.#io.env)
    const order = bare === undefined ? undefined : await this.#orderOf(bare.launch, bare.spec)
    if (bare === undefined || order === undefined) {
      if (isNamed)
        throw new SidemuxError(`"${id}" runs no package that sidemux installs`, {
          hint: 'see which launches those are: docs/servers.md',
        })
      return undefined
    }
    if (!isQuiet) this.#io.stderr.write(`${id}: looks for ${visibleLine(order.wanted.specs.join(' '))}\n`)
    const before = this.packages.book.of(id)
    const { locked, file } = this.lock.packageOf(id, server.launchHash)
    let after: InstalledPackage
    try {
      after = await this.packages.fetch(order)
    } catch (error) {
      if (!(error instanceof SidemuxError)) throw error
      const { message, hint } = error
      this.#io.stderr.write(`${message}\n${hint === undefined ? '' : `  hint: ${hint}\n`}`)
      return 'failed'
    }
    const isSame = before?.content === after.content
    const facts: UpdateFacts = {
      before,
      after,
      ...(locked !== undefined && { held: { locked, file } }),
      provenance: isSame
        ? { before: undefined, after: undefined }
        : await this.#provenance(before, after, order),
      tools: isSame ? SAME : await this.#tools(bare.launch, bare.spec, { before, after, order }),
    }
    const isDue = !isSame || (locked !== undefined && !isAsLocked(after, locked))
    if (!isQuiet) this.#io.stdout.write(isDue ? dueText(id, facts) : sameText(id, after))
    return { id, before, after, isDue, facts }
  }

  async #orderOf(launch: Launch, spec: Spec): Promise<PackageOrder | undefined> {
    const wish = await wishOf(spec)
    if (wish === undefined) return undefined
    const { env, stderr } = this.#io
    const packaging = packagingOf({
      packages: async () => this.packages,
      confinement: this.#confinement,
      journal: { record: async () => undefined, attempt: (_, act) => act() },
      log: {
        info: () => undefined,
        warn: (_, text) =>
          void stderr.write(`${spec.id} ${text}
`),
      },
      env,
      lock: this.lock,
      settle: async () => undefined,
    })
    return packageOrder(launch, spec, wish, {
      environment: env,
      platform: process.platform,
      execPath: process.execPath,
      packaging: async () => packaging,
    })
  }

  async #provenance(
    before: InstalledPackage | undefined,
    after: InstalledPackage,
    { installer: npm, env, wanted: { options } }: PackageOrder,
  ): Promise<UpdateFacts['provenance']> {
    if (after.registry !== 'npm') return { before: undefined, after: undefined }
    const ask = async (of: InstalledPackage | undefined): Promise<Provenance | undefined> =>
      of &&
      provenanceOf(`${of.name}@${of.version}`, {
        npm,
        env,
        options,
        cwd: this.#stateDir,
        signal: this.packages.closed,
      })
    const [was, is] = await Promise.all([ask(before), ask(after)])
    return { before: was, after: is }
  }

  async #tools(
    launch: Launch,
    spec: Spec,
    {
      before,
      after,
      order,
    }: { before: InstalledPackage | undefined; after: InstalledPackage; order: PackageOrder },
  ): Promise<ToolsSeen> {
    const trial = async (installed: InstalledPackage): ReturnType<typeof listInTrial> =>
      listInTrial({
        spec,
        launch: startedFrom(launch, order.wanted, {
          installed,
          tree: this.packages.store.tree(installed.content),
          isFresh: false,
        }),
        confinement: this.#confinement,
        env: this.#io.env,
      })
    const now = await trial(after)
    const isThere = before !== undefined && (await this.packages.store.state(before.content)).kind === 'whole'
    return toolsSeen(isThere ? await trial(before) : undefined, now)
  }
}

const SAME: ToolsSeen = { kind: 'seen', added: [], removed: [], changed: [] }

function sameText(id: string, { name, version }: InstalledPackage): string {
  return `${id} has ${visibleLine(`${name} ${version}`)}, which is what there is\n`
}

function dueText(id: string, facts: UpdateFacts): string {
  return `${id}\n${updateLines(facts)
    .map((line) => visibleText(`    ${line}\n`))
    .join('')}`
}
