/**
 * The programs that examples start, without a network: `npx` starts the package from this repository's node_modules,
 * `docker` a server of ours with the variables that its arguments hand through. Of the server "everything" examples call
 * only what tells its environment, and it takes a second to start, so a light one stands for it.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { REPO, TOOLBOX } from '../e2e/support.ts'

const LIGHT = join(dirname(TOOLBOX), 'light.mjs')

const NPX = `#!${process.execPath}
const { createRequire } = require('node:module')
const { dirname, join } = require('node:path')
const [flag, name, ...args] = process.argv.slice(2)
if (flag !== '-y') throw new Error('npx without -y would ask')
if (name === '@modelcontextprotocol/server-everything') tellEnvironment()
else startPackage()

async function tellEnvironment() {
  const { serveOne } = await import(${JSON.stringify(LIGHT)})
  serveOne('everything', 'get-env', () => JSON.stringify(process.env, null, 2))
}

function startPackage() {
  const manifest = join(${JSON.stringify(REPO)}, 'node_modules', name, 'package.json')
  const { bin } = createRequire(manifest)(manifest)
  const entry = join(dirname(manifest), typeof bin === 'string' ? bin : Object.values(bin)[0])
  process.argv = [process.argv[0], entry, ...args]
  import(require('node:url').pathToFileURL(entry))
}
`

const DOCKER = `#!${process.execPath}
const args = process.argv.slice(2)
const names = args.filter((_, index) => args[index - 1] === '-e')
const inside = Object.fromEntries(names.map((name) => [name, process.env[name]]))
const { status } = require('node:child_process').spawnSync(process.execPath, [${JSON.stringify(TOOLBOX)}], {
  stdio: 'inherit',
  env: { ...inside, ARGUMENTS: args.join(' ') },
})
process.exit(status)
`

/** @returns the directory in which they are */
export function shimsIn(dir: string): string {
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  for (const [name, text] of Object.entries({ npx: NPX, docker: DOCKER })) {
    writeFileSync(join(bin, `${name}-here`), text)
    chmodSync(join(bin, `${name}-here`), 0o755)
  }
  return bin
}

/**
 * The text with the shims in the place of the programs: by their full paths, since a server's PATH begins with the
 * directory of Node, where the real npx is, and by another name, since sidemux installs what npx would run. What they start lies elsewhere, so the sandbox of each server is given that.
 */
export function withShims(text: string, bin: string): string {
  const shimmed = text.replaceAll(
    /(\bcommand"?: )"?(npx|docker)"?/gu,
    (_, key: string, name: string) => `${key}"${join(bin, `${name}-here`)}"`,
  )
  const given = `"sandbox": { "read": [${JSON.stringify(join(REPO, 'node_modules'))}, ${JSON.stringify(dirname(TOOLBOX))}] }`
  if (/^\{/m.test(shimmed)) return shimmed.replace(/^\{/m, `{ "defaults": { ${given} },`)
  return /^defaults:$/m.test(shimmed)
    ? shimmed.replace(/^defaults:$/m, `defaults:\n  ${given}`)
    : `${shimmed}\ndefaults: { ${given} }\n`
}
