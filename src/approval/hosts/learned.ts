/**
 * Remembers from one run to the next through which channels a person has ever answered, by the host's name and
 * version: some hosts declare that they ask and never show it. It lies in `hosts/` of the state directory (0700), a
 * small file (0600) for each host, version and channel, whose being there is what is known: so there is nothing that
 * two sidecars could overwrite of each other, and nothing that could be damaged. It orders who is asked first and
 * decides nothing else, so what can't be read or written costs a wait and is passed over.
 */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../../json/canonical.ts'
import { makeDirectory } from '../../state/directory.ts'
import { stateRoom } from '../../state/paths.ts'
import { createFile } from '../../state/replace.ts'
import type { HostInfo } from '../facts/channel.ts'
import type { ChannelName } from '../facts/pending.ts'

/** The oldest go first; a host that updates itself daily takes that many in some months. */
const MAX_FILES = 256
const MAX_SHOWN = 200

export class LearnedChannels {
  readonly #dir: string

  constructor(stateDir: string) {
    this.#dir = stateRoom(stateDir, 'hosts')
  }

  /** Whether a person has ever answered through it. Never throws. */
  worked(host: HostInfo | undefined, channel: ChannelName): boolean {
    return host !== undefined && isFile(this.#fileOf(host, channel))
  }

  /** A person has answered through it. Never throws. */
  answered(host: HostInfo | undefined, channel: ChannelName): void {
    if (host === undefined) return
    const file = this.#fileOf(host, channel)
    if (isFile(file)) return
    try {
      makeDirectory(this.#dir)
      this.#makeRoom()
      const { name, version = '' } = host
      const of = { host: name.slice(0, MAX_SHOWN), version: version.slice(0, MAX_SHOWN), channel }
      createFile(file, `${JSON.stringify(of)}\n`, false)
    } catch {
      // It is learned at the next answer.
    }
  }

  #fileOf({ name, version = '' }: HostInfo, channel: ChannelName): string {
    return join(this.#dir, `${sha256(JSON.stringify([name, version])).slice(0, 32)}-${channel}.json`)
  }

  #makeRoom(): void {
    const names = readdirSync(this.#dir)
    if (names.length < MAX_FILES) return
    const aged = names.map((name) => ({ name, at: statSync(join(this.#dir, name)).mtimeMs }))
    for (const { name } of aged.toSorted((a, b) => a.at - b.at).slice(0, names.length - MAX_FILES + 1))
      rmSync(join(this.#dir, name), { force: true })
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}
