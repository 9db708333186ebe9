// Puts what was measured where it is quoted, between two marks of a page, so that nobody copies figures by hand.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const PAGE = join(import.meta.dirname, '../../docs/performance.md')

/** @throws Error when the page has no such marks */
export function intoPage(mark, text) {
  const page = readFileSync(PAGE, 'utf8')
  const [begin, end] = [`<!-- ${mark} -->\n`, `<!-- end of ${mark} -->`]
  const [before, rest] = page.split(begin)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error(`docs/performance.md has no marks for ${mark}`)
  writeFileSync(PAGE, `${before}${begin}\n${text.trim()}\n\n${end}${after}`)
}
