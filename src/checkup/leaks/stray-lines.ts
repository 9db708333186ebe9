/** The .env files of a configuration that have lines which say nothing: told by number, never by what stands there. */
import { strayLines, sayStrayLines } from '../../secrets/text/dotenv-text.ts'
import { readText, resolvePath } from '../../secrets/text/read-text.ts'
import { Settings } from '../../secrets/stores/settings.ts'
import type { Config } from '../../config/config.ts'

/** "line 3 is no NAME=value"; undefined when all are, or it can't be read, which whoever needs a value of it is told. */
export async function saidOfDotenv(path: string): Promise<string | undefined> {
  try {
    return sayStrayLines(strayLines(await readText(path)))
  } catch {
    return undefined
  }
}

/** Each file once, with its path: "/x/.env: line 3 is no NAME=value". */
export async function strayDotenvLines(config: Config, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const { environment, dir: baseDir } = config
  const paths = await Promise.all(
    [...config.stores].map(async ([alias, options]) => {
      if (options.type !== 'dotenv') return undefined
      const settings = new Settings(alias, { environment, baseDir, env })
      const named = await settings.withEnvironment('path', options.path).catch(() => undefined)
      return named === undefined ? undefined : resolvePath(named, baseDir)
    }),
  )
  const said = [...new Set(paths)].map(async (path) => {
    const stray = path === undefined ? undefined : await saidOfDotenv(path)
    return stray === undefined ? [] : [`${path}: ${stray}`]
  })
  return (await Promise.all(said)).flat()
}
