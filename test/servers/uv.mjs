#!/usr/bin/env node
// A stand-in for uv, which can't be had where the tests run: it takes the command lines that sidemux gives it, and no others,
// and leaves what they leave by its documents ("Commands": uv venv, uv pip compile, uv pip install). INDEX is a JSON file of
// what there is: by name a version and the programs. A package that says `source` has no wheel.
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

const KNOWN =
  /^--(?:relocatable|no-project|quiet|no-progress|generate-hashes|no-header|no-annotate|no-build|require-hashes|link-mode=copy|compile-bytecode|python=.+|output-file=.+|requirement=.+)$/
const words = process.argv.slice(2)
const flags = words.filter((word) => word.startsWith('--'))
const [command, action, ...rest] = words.filter((word) => !word.startsWith('--'))
const value = (name) => flags.find((flag) => flag.startsWith(`--${name}=`))?.slice(name.length + 3)
const fail = (text) => {
  process.stderr.write(`error: ${text}\n`)
  process.exit(2)
}
const odd = flags.find((flag) => !KNOWN.test(flag))
if (odd !== undefined) fail(`unexpected argument '${odd}' found`)
const index = JSON.parse(readFileSync(process.env.UV_INDEX, 'utf8'))

if (command === 'venv') {
  mkdirSync(join(action, 'bin'), { recursive: true })
  writeFileSync(join(action, 'pyvenv.cfg'), 'home = /usr/bin\nrelocatable = true\n')
  symlinkSync('/usr/bin/python3', join(action, 'bin', 'python'))
} else if (command === 'pip' && action === 'compile') {
  const lines = readFileSync(rest[0], 'utf8').trim().split('\n')
  const named = lines.map((line) => ({ line, name: line.replace(/[[=<>!~].*$/, '') }))
  for (const { line, name } of named) {
    const [, exact] = /==(.+)$/.exec(line) ?? []
    if (exact !== undefined && index[name] !== undefined && exact !== index[name].version)
      fail(`Because there is no version of ${name}==${exact}, no solution found`)
  }
  // Lines of one package are one requirement together.
  const found = [...new Set(named.map(({ name }) => name))].map((name) => {
    const one =
      index[name] ?? fail(`Because ${name} was not found in the package registry, no solution found`)
    if (one.source) fail(`${name} has no wheels with a matching tag; building from source is disabled`)
    return `${name}==${one.version} \\\n    --hash=sha256:${'a'.repeat(64)} \\\n    --hash=sha256:${'b'.repeat(64)}`
  })
  writeFileSync(value('output-file'), `${found.join('\n')}\n`)
} else if (command === 'pip' && action === 'install') {
  const bin = dirname(value('python'))
  for (const [, name] of readFileSync(value('requirement'), 'utf8').matchAll(/^([\w.-]+)==/gm))
    for (const program of index[name].programs) {
      writeFileSync(join(bin, basename(program)), `#!/bin/sh\necho ran ${program}\n`)
      chmodSync(join(bin, basename(program)), 0o755)
    }
} else fail(`unrecognized subcommand '${command}'`)
