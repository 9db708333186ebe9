/**
 * Gives what servers.yaml means, as an earlier start understood it, where nothing has changed since: its bytes, how it
 * was chosen, the version. So a start loads neither the parser nor the schema of the file, which cost it more than
 * everything else together (promise 9). What depends on other files, entries that start sidemux again, is looked at anew.
 */
import { readOwn } from '../../state/read-own.ts'
import type { Config, ServerConfig } from '../config.ts'
import { readConfigFile } from '../file/file.ts'
import type { ConfigChoice } from '../load.ts'
import { identityOfFile } from '../loop/disk.ts'
import { loopFindings } from '../loop/find.ts'
import { showFile, type ConfigProblem, type Position } from '../problem.ts'
import { meaningFacts, sealedFile, unsealConfig } from './sealed.ts'

/** A server without its functions. */
export type RememberedServer = Omit<ServerConfig, 'fieldPosition'> & {
  readonly fields: ReadonlyMap<string, Position>
}

/** As it is sealed. Where lines of YAML would be put in isn't remembered; only commands that read the file ask for it. */
export type RememberedConfig = Omit<Config, 'servers' | 'elsewhere' | 'unchosen' | 'source'> & {
  readonly source: undefined
  readonly servers: readonly RememberedServer[]
  readonly elsewhere: readonly RememberedServer[]
  readonly unchosen: readonly RememberedServer[]
}

/** More than any can need; `bytes` of servers.yaml are bounded too. */
const MAX_BYTES = 32 * 1024 * 1024

/** Undefined where the file has to be read anew, and where it can't be read: that says why. */
export async function recallConfig(choice: ConfigChoice, stateDir: string): Promise<Config | undefined> {
  try {
    const { file, bytes, believed } = await readConfigFile(choice)
    const facts = meaningFacts(choice, { file, believed })
    const { text } = readOwn(sealedFile(stateDir, facts), MAX_BYTES)
    // Nobody else could have sealed it, so it has the form that remember.ts gave it.
    const config = recalled(unsealConfig(text, bytes, facts) as RememberedConfig, choice.cwd)
    return mayLoop(config, choice.env) ? undefined : config
  } catch {
    return undefined
  }
}

function recalled(remembered: RememberedConfig, cwd: string): Config {
  const file = showFile(remembered.file, cwd)
  const here = (problems: readonly ConfigProblem[]): readonly ConfigProblem[] =>
    problems.map((problem) => ({ ...problem, file }))
  return {
    ...remembered,
    servers: whole(remembered.servers),
    elsewhere: whole(remembered.elsewhere),
    unchosen: whole(remembered.unchosen),
    warnings: here(remembered.warnings),
    errors: here(remembered.errors),
  }
}

function whole(servers: readonly RememberedServer[]): readonly ServerConfig[] {
  return servers.map(({ fields, ...server }) => ({
    ...server,
    fieldPosition: (field) =>
      fields.get(field) ?? fields.get(field.replace(/\..*$/s, '.')) ?? server.position,
  }))
}

/** What other files say decides what this one means. */
function mayLoop({ file, servers, elsewhere }: Config, env: NodeJS.ProcessEnv): boolean {
  let looksFurther = false
  const read = (): readonly ServerConfig[] => {
    looksFurther = true
    return []
  }
  const identity = identityOfFile(file) ?? { path: file, inode: '' }
  const findings = loopFindings({ servers: [...servers, ...elsewhere], file: identity, env, read })
  return looksFurther || findings.length > 0
}
