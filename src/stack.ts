/**
 * Tells an error's stack by the files that it was written in. What runs is a bundle in which many modules share a file
 * (tools/bundle.mjs), and a line of it says nothing to who reads a report. What leads back is read only then: no start
 * pays for it.
 */
import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'

const LINES = new URL('./bundle/lines.json', import.meta.url)
const PLACE = /(?:file:\/\/)?[^\s()]*[\\/]bundle[\\/]([\w.-]+\.c?js):(\d+):\d+/g

/** As `error.stack`, with `src/pipeline/compose.ts:31` for each place in the bundle that is known. */
export function readableStack(error: Error, lines: URL = LINES): string {
  const { stack = String(error) } = error
  try {
    const maps = JSON.parse(readFileSync(lines, 'utf8')) as Record<string, SourceMapPayload>
    const opened = new Map<string, SourceMap>()
    return stack.replace(PLACE, (whole, file: string, line: string) => {
      const map = Object.hasOwn(maps, file) ? maps[file] : undefined
      if (map !== undefined && !opened.has(file)) opened.set(file, new SourceMap(map))
      const found = opened.get(file)?.findEntry(Number(line) - 1, 0)
      if (found === undefined || !('originalSource' in found)) return whole
      return `${found.originalSource}:${found.originalLine + 1}`
    })
  } catch {
    return stack
  }
}
