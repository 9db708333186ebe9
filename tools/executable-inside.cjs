// What the executable runs first (executable.mjs): finds all that is published inside of it, instead of in a folder. There,
// process.execPath is no Node that runs a file, so what sidemux starts of itself, the clerk of leases, the process that
// refreshes a login, the launcher of a browser, a thread, is this program again, told which of them it is by the path of
// that file, as Node would be. Nothing else that is handed over is run.
'use strict'
const { getAsset } = require('node:sea')
const { Module, builtinModules, createRequire } = require('node:module')
const { join, basename, dirname } = require('node:path')
const { fileURLToPath } = require('node:url')
const { compileFunction } = require('node:vm')
const fs = require('node:fs')
const threads = require('node:worker_threads')

// As src/cli.ts: first of all.
if (threads.isMainThread) process.on('SIGUSR1', () => {})

/** Where the files would lie. Nothing is there. */
const INSIDE = `${process.execPath}.inside`
const BUNDLE = join(INSIDE, 'dist', 'bundle')
const PROGRAMS = JSON.parse(getAsset('programs.json', 'utf8'))
const loaded = new Map()

const asset = (path) => {
  const file = path instanceof URL || String(path).startsWith('file:') ? fileURLToPath(path) : String(path)
  return file.startsWith(INSIDE) ? file.slice(INSIDE.length + 1).replaceAll('\\', '/') : undefined
}
const own = {
  fs: {
    ...fs,
    readFileSync: (path, options) => {
      const name = typeof path === 'number' ? undefined : asset(path)
      return name === undefined ? fs.readFileSync(path, options) : getAsset(name, 'utf8')
    },
  },
  module: { ...Module, Module, createRequire: () => load },
  worker_threads: {
    ...threads,
    Worker: class extends threads.Worker {
      constructor(file, options) {
        super(getAsset('inside.cjs', 'utf8'), { ...options, eval: true, argv: [fileURLToPath(file)] })
      }
    },
  },
}

function load(name) {
  const plain = name.replace(/^node:/, '')
  if (Object.hasOwn(own, plain)) return own[plain]
  if (builtinModules.includes(plain) || name.startsWith('node:')) return process.getBuiltinModule(name)
  // Packages that the user may want for a store lie beside the program.
  if (!name.startsWith('.')) return createRequire(process.execPath)(name)
  const file = basename(name)
  const known = loaded.get(file)
  if (known !== undefined) return known.exports
  const module = { exports: {} }
  loaded.set(file, module)
  const filename = join(BUNDLE, file)
  const run = compileFunction(
    getAsset(`dist/bundle/${file}`, 'utf8'),
    ['exports', 'require', 'module', '__filename', '__dirname'],
    { filename },
  )
  run(module.exports, load, module, filename, dirname(filename))
  return module.exports
}

const [, , first = ''] = process.argv
const named = threads.isMainThread ? first : process.argv.at(-1)
const program = Object.keys(PROGRAMS).find((path) => join(INSIDE, 'dist', path) === named)
if (program !== undefined) {
  if (threads.isMainThread) process.argv.splice(1, 2, named)
  load(`./${PROGRAMS[program]}`)
} else if (first === '-e' && getAsset('dist/bundle/dashboard.js', 'utf8').includes(process.argv[3])) {
  compileFunction(process.argv[3], ['require'])(require)
} else {
  load('./commands-main.js')
    .main(process.argv.slice(2), process)
    .then((code) => (process.exitCode ??= code))
}
