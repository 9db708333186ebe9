/**
 * What masking may have broken in a result: masked base64 isn't base64 any more, and a host would refuse the whole
 * result for it, so such a part gives way to a text that says so. Blocks were well formed before (upstream/results.ts).
 * Pure.
 */
import { isContentBlock, isRecord } from '../upstream/normalize.ts'
import type { Result } from './call.ts'

const INSTEAD = '[redacted: this part of the result held a secret in its binary data]'

export function mend(result: Result): Result {
  const members = Object.entries(result).map(([key, value]) => [key, MENDED[key]?.(value) ?? value] as const)
  return Object.fromEntries(members)
}

const MENDED: Readonly<Record<string, (value: unknown) => unknown>> = {
  content: (blocks) => (Array.isArray(blocks) ? blocks.map(block) : blocks),
  messages: (messages) => (Array.isArray(messages) ? messages.map(message) : messages),
  contents: (contents) => (Array.isArray(contents) ? contents.map(resource) : contents),
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
  return { ...others, text: INSTEAD }
}
