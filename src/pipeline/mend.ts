/**
 * Mends what masking may have broken in a result: masked base64 isn't base64 any more, and a host would refuse the
 * whole result for it, so such a part gives way to a text that says so. Blocks were well formed before
 * (upstream/messages/results.ts). Pure.
 */
import { STEADY } from '../json/steady.ts'
import { isContentBlock } from '../wire/shapes/content.ts'
import { isRecord } from '../json/record.ts'
import type { Result } from './call.ts'

const INSTEAD = '[redacted: this part of the result held a secret in its binary data]'

export function mend(result: Result): Result {
  return Object.fromEntries(Object.entries(result).map(([key, value]) => [key, mended(key, value)]))
}

const MENDED: Readonly<Record<string, (value: unknown) => unknown>> = {
  content: (blocks) => (Array.isArray(blocks) ? blocks.map(block) : blocks),
  messages: (messages) => (Array.isArray(messages) ? messages.map(message) : messages),
  contents: (contents) => (Array.isArray(contents) ? contents.map(resource) : contents),
}

/** The server names the members, and objects have more of them than those, such as __proto__. */
function mended(key: string, value: unknown): unknown {
  return Object.hasOwn(MENDED, key) ? (MENDED[key]?.(value) ?? value) : value
}

function block(value: unknown): unknown {
  return isContentBlock(value) ? value : { type: 'text', text: INSTEAD }
}

function message(value: unknown): unknown {
  return isRecord(value) ? { ...value, content: block(value['content']) } : value
}

function resource(value: unknown): unknown {
  if (!isRecord(value) || !('blob' in value) || isContentBlock({ type: 'resource', resource: value }))
    return value
  const { blob: _blob, ...others } = value
  return { ...STEADY, ...others, text: INSTEAD }
}
