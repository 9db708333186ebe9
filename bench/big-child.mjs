// Gives back results of any size: `text` one long text with line breaks, `binary` base64, `dense` many small objects.
import { serve } from '../test/servers/light.mjs'

const kinds = {
  text: (bytes) => [
    { type: 'text', text: 'the quick brown fox jumps over the lazy dog, again\n'.repeat(bytes / 52) },
  ],
  binary: (bytes) => [
    { type: 'image', mimeType: 'image/png', data: 'iVBORw0KGgoAAAANSUhEUgAA'.repeat(bytes / 24) },
  ],
  dense: () => [{ type: 'text', text: 'see the structured content' }],
}
const row = { id: 1234, name: 'a name', tags: ['x', 'y'], ok: true, at: null, n: 0.25 }
const made = new Map()

function result(kind, bytes) {
  const key = `${kind} ${bytes}`
  if (!made.has(key)) {
    const content = kinds[kind](bytes)
    const rows = Math.floor(bytes / (JSON.stringify(row).length + 1))
    const structuredContent = kind === 'dense' ? { rows: Array.from({ length: rows }, () => row) } : undefined
    made.set(key, JSON.stringify({ content, structuredContent }))
  }
  return made.get(key)
}

const tools = Object.keys(kinds).map((name) => ({ name }))
serve('big', tools, ({ name, arguments: { bytes } }) => result(name, bytes))
