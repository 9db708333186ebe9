/**
 * Remembers what servers.yaml means, for the next start (recall.ts). Only a configuration that can run: what is wrong
 * with a file is looked at each time.
 */
import { dirname } from 'node:path'
import { makeDirectory } from '../../state/directory.ts'
import { removeOldest } from '../../state/oldest.ts'
import { replaceFile } from '../../state/replace.ts'
import type { ServerConfig } from '../config.ts'
import type { ConfigChoice, LoadedConfig } from '../load.ts'
import type { Position } from '../problem.ts'
import { serverOptions } from '../schema/schema.ts'
import type { RememberedConfig, RememberedServer } from './recall.ts'
import { meaningFacts, sealConfig, sealedFile } from './sealed.ts'

/** Nobody has more of them at a time, with their profiles and environments. */
const MAX_FILES = 32

/**
 * In place of what was remembered of this file before. Does nothing where an error keeps everything down, or
 * other files were looked into.
 * @throws a system error
 */
export async function rememberConfig(
  loaded: LoadedConfig,
  choice: ConfigChoice,
  stateDir: string,
): Promise<void> {
  const { runnable, bytes, path: file, believed, isAlone } = loaded
  if (runnable === undefined || !isAlone) return
  const facts = meaningFacts(choice, { file, believed })
  const path = sealedFile(stateDir, facts)
  makeDirectory(dirname(path))
  const remembered: RememberedConfig = {
    ...runnable,
    source: undefined,
    servers: runnable.servers.map(remember),
    elsewhere: runnable.elsewhere.map(remember),
    unchosen: runnable.unchosen.map(remember),
  }
  await replaceFile(path, sealConfig(remembered, bytes, facts))
  removeOldest(dirname(path), '.sealed', MAX_FILES)
}

function remember({ fieldPosition, ...server }: ServerConfig): RememberedServer {
  const { launch } = server
  const inside: Readonly<Record<string, readonly (string | number)[]>> =
    launch.kind === 'remote'
      ? { headers: [...launch.headers.keys()], oauth: ['clientSecret'] }
      : { args: [...launch.args.keys()], env: [...launch.env.keys()] }
  const fields = [
    ...Object.keys(serverOptions.shape),
    ...Object.entries(inside).flatMap(([section, names]) =>
      // The one without a name tells where any other would be looked for.
      [...names, ''].map((name) => `${section}.${name}`),
    ),
  ]
  return {
    ...server,
    fields: new Map(fields.map((field): [string, Position] => [field, fieldPosition(field)])),
  }
}
