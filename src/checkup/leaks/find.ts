/**
 * The findings of `check` about secrets: those in plain text, shared by two servers, in files that other users or git
 * can read, on a command line, or too short to mask; and lines of .env files that say nothing. Nothing is resolved
 * but what is on this machine, nothing is started but git, and no value is kept, shown or written.
 */
import { isAbsolute, join, dirname, relative } from 'node:path'
import { namesSecret } from '../../secrets/words/names.ts'
import type { StoreOptions } from '../../secrets/stores/options.ts'
import { resolvePath } from '../../secrets/text/read-text.ts'
import { Settings } from '../../secrets/stores/settings.ts'
import { visibleLine } from '../../visible.ts'
import type { Config } from '../../config/config.ts'
import { literalMarks, literalsOf, literalText, TOO_SHORT, TOO_SHORT_HINT, type Literal } from './literals.ts'
import { showKey, type Mark, type Position } from '../../config/problem.ts'
import { commandLineMarks } from './command-line.ts'
import { fileFacts } from './file-facts.ts'
import { fileMarks, filesOf, type FileSetting } from './files.ts'
import { findIn, type FoundTokens } from './found.ts'
import { localUses, type LocalUse } from './local-values.ts'
import { saidOfDotenv } from './stray-lines.ts'
import { fingerprinter, identityOf, sharedMarks, type SecretPlace } from './shared.ts'
import { nameOf, readTexts, type ReadTexts } from './texts.ts'
import { weakMark } from './weak.ts'

export interface LeakFacts {
  readonly text: string
  /** Undefined when the file has errors; what stands in its text is told all the same. */
  readonly config: Config | undefined
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
}

export async function findLeaks({ text, config, env, cwd }: LeakFacts): Promise<readonly Mark[]> {
  const read = readTexts(text)
  if (read === undefined) return []
  const tokens = await findIn(read)
  const plain = literalMarks(read, tokens)
  if (config === undefined) return onePerPlace(plain)
  const uses = await localUses(config, env)
  const files = await Promise.all([
    ...storeFiles(config, read).map(async (file) => judgeFile(file, { config, env, cwd })),
    ...(plain.length === 0 ? [] : [judgeConfig(config, env, cwd)]),
  ])
  return onePerPlace([
    ...plain,
    ...uses.flatMap(shortMark),
    ...uses.flatMap(weakMark),
    ...config.servers.flatMap(commandLineMarks),
    ...sharedMarks(secretPlaces(config, uses, read, tokens)),
    ...files.flat(),
  ])
}

/** What is said twice of one place, because two entries share it, is said once. */
function onePerPlace(marks: readonly Mark[]): readonly Mark[] {
  const byPlace = new Map(marks.map((mark) => [JSON.stringify([mark.line, mark.col, mark.message]), mark]))
  return [...byPlace.values()]
}

function shortMark({ server, field, part, store, length }: LocalUse): readonly Mark[] {
  if (length !== 'short' || !namesSecret({ store, field, reference: part.text })) return []
  const message = `the value of ${part.text} is ${TOO_SHORT}`
  return [{ ...server.fieldPosition(field), severity: 'warning', message, hint: TOO_SHORT_HINT }]
}

function secretPlaces(
  config: Config,
  uses: readonly LocalUse[],
  read: ReadTexts,
  tokens: FoundTokens,
): readonly SecretPlace[] {
  const fingerprint = fingerprinter()
  const referred = uses.map(({ server, field, part, store, value }): SecretPlace => {
    const identity = identityOf(part.reference, field, config)
    const named = namesSecret({ store, field, reference: part.text })
    const print = value === undefined || !named ? undefined : fingerprint(value.reveal())
    return {
      serverId: server.id,
      at: server.fieldPosition(field),
      shown: part.text,
      ...(identity === undefined ? {} : { identity }),
      ...(print === undefined ? {} : { fingerprint: print }),
    }
  })
  const ids = new Map(config.servers.map(({ id, originalId }) => [originalId, id]))
  const literal = literalPlaces(read, tokens).flatMap(({ text, from, to, at, name }): SecretPlace[] => {
    const serverId = ids.get(text.serverId ?? '')
    const print = fingerprint(literalText(text.written.slice(from, to)) ?? '')
    if (serverId === undefined || print === undefined) return []
    const shown = showKey(name ?? String(nameOf(text)), 'a literal')
    return [{ serverId, at, shown, fingerprint: print }]
  })
  return [...referred, ...literal].toSorted((a, b) => a.at.line - b.at.line || a.at.col - b.at.col)
}

/** Here a text counts for each entry that it is part of. */
function literalPlaces(read: ReadTexts, tokens: FoundTokens): readonly Literal[] {
  const byNode = new Map<Literal['text']['node'], Literal[]>()
  for (const literal of literalsOf(read, tokens)) {
    byNode.set(literal.text.node, [...(byNode.get(literal.text.node) ?? []), literal])
  }
  return read.texts.flatMap((text) => (byNode.get(text.node) ?? []).map((literal) => ({ ...literal, text })))
}

interface StoreFile extends FileSetting {
  readonly store: string
  readonly type: StoreOptions['type']
  readonly at: Position
}

function storeFiles(config: Config, { tree, pasted }: ReadTexts): readonly StoreFile[] {
  const originals = new Map(config.servers.map(({ id, originalId }) => [id, originalId]))
  return [...config.stores].flatMap(([store, options]) =>
    filesOf(options).flatMap((file): StoreFile[] => {
      const [alias = '', server] = store.split('@')
      const [setting, ...rest] = file.path
      // Of a server's own login only the login is its own.
      if (server !== undefined && setting !== 'auth') return []
      const path =
        server === undefined
          ? ['secrets', alias, ...file.path]
          : ['servers', originals.get(server) ?? server, 'auth', alias, ...rest]
      return [{ ...file, store, type: options.type, at: tree.position(pasted.inFile(path)) }]
    }),
  )
}

interface Around {
  readonly config: Config
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
}

async function judgeFile(file: StoreFile, { config, env, cwd }: Around): Promise<readonly Mark[]> {
  const { environment, dir: baseDir } = config
  const settings = new Settings(file.store, { environment, baseDir, env })
  let path: string
  try {
    const named = await settings.withEnvironment(file.path.join('.'), file.source)
    path = resolvePath(named, baseDir)
  } catch {
    // That it can't be told which file it is, `secrets check` says.
    return []
  }
  if (file.sibling !== undefined) path = join(dirname(path), file.sibling)
  const facts = await fileFacts(path, env)
  const { what, at } = file
  const shown = show(path, cwd)
  const stray = file.type === 'dotenv' ? await saidOfDotenv(path) : undefined
  return [
    ...(facts === undefined ? [] : fileMarks({ shown, what, at }, facts)),
    ...(stray === undefined ? [] : [strayMark(`${what} ${visibleLine(shown)}`, stray, at)]),
  ]
}

function strayMark(name: string, stray: string, at: Position): Mark {
  const message = `in ${name}, ${stray}, so nothing is read there`
  const hint = 'write NAME=value, in quotes where the value has several lines, or put a # before it'
  return { ...at, severity: 'warning', message, hint }
}

/** servers.yaml itself, because there are secrets in it. */
async function judgeConfig(config: Config, env: NodeJS.ProcessEnv, cwd: string): Promise<readonly Mark[]> {
  const facts = await fileFacts(config.file, env)
  const file = { shown: show(config.file, cwd), aside: 'with secrets in plain text', at: { line: 1, col: 1 } }
  return facts === undefined ? [] : fileMarks(file, facts)
}

function show(file: string, cwd: string): string {
  const inside = relative(cwd, file)
  return inside === '' || inside.startsWith('..') || isAbsolute(inside) ? file : inside
}
