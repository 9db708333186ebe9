// Bundles the modules that a program of sidemux loads, and the packages that they load, into few files: as modules for what
// npm installs (bundle.mjs), as CommonJS for the executable (executable.mjs).
//
// Node takes about half a millisecond for each file, and a start of sidemux loads 450 modules of its own and 300 of
// packages. So users install no packages beside sidemux, except those of stores that they may want (PEERS).
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative, resolve, sep } from 'node:path'
import { rolldown } from 'rolldown'
import { withoutDoors } from './finish.mjs'
import { parts } from './parts.mjs'

export const ROOT = resolve(import.meta.dirname, '..')
export const DIST = join(ROOT, 'dist')
/** Where a process or a thread of sidemux begins. */
export const PROGRAMS = [
  'commands/main',
  'large/worker',
  'secrets/leases/clerk-main',
  'upstream/remote/oauth/refresh-main',
]
/** Not in the bundle: the user installs them if a store needs them (`peerDependencies`). */
export const PEERS = Object.keys(createRequire(import.meta.url)('../package.json').peerDependencies)
/** Loaded in the middle of a synchronous function, so each is a file of its own that `require` can load. */
const REQUIRED = ['re2js', '@modelcontextprotocol/server/validators/ajv']
const fileOf = (name) => `${name.replaceAll(/\W+/g, '-').replace(/^-/, '')}.cjs`
/**
 * By package, what it imports and sidemux never calls, with the names of it that are imported. sidemux logs in at AWS by
 * its own code (secrets/stores/infisical/proof.ts) and calls nothing else of @infisical/sdk than a list of secrets. Of
 * pino it is the form of a line that is used, and never a transport, which runs in a thread.
 */
const UNUSED = [
  { in: '@infisical/sdk', what: /^@aws-crypto\/sha256-js$/, names: ['Sha256'] },
  { in: '@infisical/sdk', what: /^@aws-sdk\/credential-providers$/, names: ['fromNodeProviderChain'] },
  { in: '@infisical/sdk', what: /^@smithy\//, names: ['HttpRequest', 'SignatureV4'] },
  { in: 'pino', what: /^\.\/(?:lib\/)?transport$/, names: ['transport'] },
]

/** Node reads the files at each start, and keeps their text: short names, but functions and classes keep theirs, and lines stay. */
const SMALL = {
  comments: false,
  sourcemap: 'hidden',
  minify: {
    compress: true,
    mangle: { keepNames: { function: true, class: true } },
    codegen: { removeWhitespace: false },
  },
}

/** What is read from package.json is written out, and what tells this code from any other. */
const versioned = {
  name: 'versioned',
  load(id) {
    if (id !== join(DIST, 'version.js')) return null
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    return `export const version = ${JSON.stringify(version)}\nexport const build = ${JSON.stringify(buildOf(DIST))}\n`
  },
}

function buildOf(dist) {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')))
  const names = readdirSync(dist, { recursive: true }).filter((name) => name.endsWith('.js'))
  for (const name of names.toSorted()) hash.update(name).update(readFileSync(join(dist, name)))
  return hash.digest('hex').slice(0, 16)
}

/** A module of ours comes with the way back to its source. */
const mapped = {
  name: 'mapped',
  load(id) {
    if (!id.startsWith(DIST) || !existsSync(`${id}.map`)) return null
    return { code: readFileSync(id, 'utf8'), map: JSON.parse(readFileSync(`${id}.map`, 'utf8')) }
  },
}

/** A module finds files beside itself by `import.meta`, so it is told where it was before. */
const inPlace = {
  name: 'in-place',
  transform(code, id) {
    if (!code.includes('import.meta.') || !id.startsWith(DIST)) return null
    const was = `../${relative(DIST, id).replaceAll(sep, '/')}`
    // All in its first line, so that the others stay where the map has them.
    const placed = [
      `import { fileURLToPath as pathOfUrl } from 'node:url';`,
      `const moduleUrl = new URL(${JSON.stringify(was)}, import.meta.url).href;`,
      code
        .replaceAll(/createRequire\(import\.meta\.url\)\('([^']+)'\)/g, (whole, name) =>
          REQUIRED.includes(name) ? `createRequire(import.meta.url)('./${fileOf(name)}')` : whole,
        )
        .replaceAll(/(?<!createRequire\()import\.meta\.url/g, 'moduleUrl')
        .replaceAll('import.meta.dirname', `pathOfUrl(new URL('.', moduleUrl))`),
    ].join(' ')
    return { code: placed, map: null }
  },
}

/** The same code in a form of which the bundler can leave out what isn't used: Node's is CommonJS. */
const MODULES = { yaml: join(ROOT, 'node_modules/yaml/browser/index.js') }

const leaveOut = {
  name: 'leave-out',
  resolveId(id, importer = '') {
    const at = UNUSED.findIndex(
      ({ in: user, what }) => what.test(id) && importer.includes(join('node_modules', user) + sep),
    )
    return at === -1 ? null : `\0unused:${at}`
  },
  load(id) {
    if (!id.startsWith('\0unused:')) return null
    const { names } = UNUSED[Number(id.slice('\0unused:'.length))]
    return names
      .map((name) => `export const ${name} = () => { throw new Error('${name} is not in the bundle') }`)
      .join('\n')
  },
}

/** Zod makes a function for each schema that it meets, which pays from the second value on; we have one servers.yaml. */
const ZOD_CONFIG = 'export const globalConfig = globalThis.__zod_globalConfig;'
const jitless = {
  name: 'jitless',
  transform(code, id) {
    if (!id.endsWith(join('zod', 'v4', 'core', 'core.js'))) return null
    if (!code.includes(ZOD_CONFIG)) throw new Error(`${id} is not written as it was`)
    return { code: `${code}\nglobalConfig.jitless = true\n`, map: null }
  },
}

/**
 * From what tsc has written in dist/.
 * @param format `es` or `cjs`
 * @returns the files, as rolldown gives them
 */
export async function bundled(format) {
  const bundle = await rolldown({
    input: Object.fromEntries(PROGRAMS.map((name) => [name.replaceAll('/', '-'), join(DIST, `${name}.js`)])),
    external: PEERS,
    platform: 'node',
    // A module that is loaded later from one place and at once from another is in the part of the other.
    checks: { ineffectiveDynamicImport: false },
    resolve: { alias: MODULES },
    preserveEntrySignatures: 'allow-extension',
    plugins: [versioned, mapped, inPlace, leaveOut, jitless],
  })
  const { output } = await bundle.generate({
    format,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    codeSplitting: parts(DIST, PROGRAMS),
    ...SMALL,
  })
  await bundle.close()
  const files = format === 'es' ? withoutDoors(output) : output
  for (const name of REQUIRED) {
    const one = await rolldown({ input: name, platform: 'node' })
    const made = await one.generate({ entryFileNames: fileOf(name), format: 'cjs', ...SMALL })
    files.push(...made.output)
    await one.close()
  }
  return files.filter(({ type }) => type === 'chunk')
}
