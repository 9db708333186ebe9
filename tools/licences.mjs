// Says whose code is in the bundle and under which terms: each package of which a module went into it, with its licence as
// its authors wrote it. bundle.mjs calls it; what it writes is published beside the bundle (`files` in package.json).
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const PACKAGE = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/
const TERMS = /^(?:licen[cs]e|copying|notice|copyright)/i
const LINE = `\n${'-'.repeat(80)}\n`

/** For a package that names it and doesn't hold its text. */
const MIT = (holder) => `MIT License

Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`

function termsOf(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const files = readdirSync(folder).filter((file) => TERMS.test(file))
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim())
  const holder = typeof author === 'object' ? author.name : author
  if (texts.length === 0 && license === 'MIT') texts.push(MIT(holder ?? `the authors of ${name}`))
  if (texts.length === 0 || license === undefined) throw new Error(`${name} says nothing of its licence`)
  return { name, text: [`${name} ${version} (${license})`, ...texts].join('\n\n') }
}

/**
 * @param modules their files
 * @param file what is written
 * @throws Error when a package names no licence
 */
export function writeLicences(modules, file) {
  const folders = new Set(modules.flatMap((module) => PACKAGE.exec(module)?.[0] ?? []))
  const terms = [...folders].map(termsOf).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const head = `sidemux is published with code of the packages below, under the terms of each.`
  writeFileSync(file, `${[head, ...terms.map(({ text }) => text)].join(LINE)}\n`)
}
