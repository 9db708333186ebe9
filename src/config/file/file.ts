/** Finds servers.yaml and reads it, no more than it may hold. What goes wrong here has no line to point at. */
import { readUpTo } from '../../state/read-up-to.ts'
import { readFileSync, statSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute } from 'node:path'
import { SidemuxError, systemErrorCode } from '../../errors.ts'
import { configPlaces } from './places.ts'
import { MAX_BYTES } from './source.ts'

export interface FileChoice {
  /** `--config`. */
  readonly path?: string | undefined
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  /** Whether its word counts, where that was found out before. */
  readonly believed?: boolean | undefined
}

export interface ConfigFile {
  readonly file: string
  readonly bytes: Uint8Array
  /**
   * What it says of itself counts (`trust`, `approvals.browser`): a person chose this very file. One that lies in the
   * directory where sidemux was started may have come with a repository, and so may what names it by a relative path.
   */
  readonly believed: boolean
}

/** There is none; `file` is where one would be read. */
export class NoConfigFile extends SidemuxError {
  readonly file: string
  readonly isChosen: boolean
  /** What is wrong with `file`, in words to stand after its name. */
  readonly fault: string

  constructor(
    message: string,
    { file, isChosen, nor }: { readonly file: string; readonly isChosen: boolean; readonly nor?: string },
  ) {
    super(message, { hint: BEGIN, exitCode: 2 })
    this.file = file
    this.isChosen = isChosen
    this.fault = `there is no such file${nor === undefined ? '' : `, nor ${nor}`}`
  }
}

/** @throws NoConfigFile, or SidemuxError when it can't be read */
export async function readConfigFile(choice: FileChoice): Promise<ConfigFile> {
  const { file, isChosen } = await findConfigFile(choice)
  try {
    const { bytes, isOurs } = await readBounded(file)
    return { file, bytes, believed: (choice.believed ?? isChosen) && isOurs }
  } catch (error) {
    if (error instanceof SidemuxError) throw error
    const code = systemErrorCode(error) ?? 'unknown error'
    throw new SidemuxError(`${file} can't be read (${code})`, {
      hint: code === 'ENOENT' ? BEGIN : 'make it readable for you, or name another file with --config',
      exitCode: 2,
    })
  }
}

const BEGIN =
  "create it with `version: 1` and `servers:`, or paste your host's `mcpServers` object into it; or name another file with --config"

async function findConfigFile({ path, env, cwd }: FileChoice): Promise<{ file: string; isChosen: boolean }> {
  const places = configPlaces({ path, env, cwd, platform: process.platform, home: env['HOME'] ?? homedir() })
  if ('named' in places) {
    const isChosen = isAbsolute(path ?? env['SIDEMUX_CONFIG'] ?? '')
    if (await exists(places.named)) return { file: places.named, isChosen }
    throw new NoConfigFile(`${places.named}, named by ${places.by}, does not exist`, {
      file: places.named,
      isChosen,
    })
  }
  const [here, own] = places.candidates
  if (await exists(here)) return { file: here, isChosen: here === own }
  if (await exists(own)) return { file: own, isChosen: true }
  throw new NoConfigFile(`there is no ${here}, nor ${own}`, {
    file: own,
    isChosen: true,
    nor: here,
  })
}

/** Also true where it can't be told: then reading says why. */
async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    const code = systemErrorCode(error)
    return code !== 'ENOENT' && code !== 'ENOTDIR'
  }
}

/** One byte more than is allowed is enough to tell that it is too much. */
async function readBounded(file: string): Promise<{ bytes: Uint8Array; isOurs: boolean }> {
  // Opening a pipe would wait for its writer, so what it is comes first.
  const { isFile, isOurs } = await stat(file).then((stats) => ({
    isFile: stats.isFile(),
    // Of the user or of root; Windows names no owner.
    isOurs: process.getuid === undefined || [0, process.getuid()].includes(stats.uid),
  }))
  if (!isFile) {
    throw new SidemuxError(`${file} is not a file`, { hint: 'name the YAML file with --config', exitCode: 2 })
  }
  const handle = await open(file, 'r')
  try {
    return { bytes: await readUpTo(handle, MAX_BYTES), isOurs }
  } finally {
    await handle.close()
  }
}

/** Another one, at once; undefined when it can't be read or is no configuration by its size. */
export function readIfSmall(file: string): Uint8Array | undefined {
  try {
    const stats = statSync(file)
    return stats.isFile() && stats.size <= MAX_BYTES ? readFileSync(file) : undefined
  } catch {
    return undefined
  }
}
