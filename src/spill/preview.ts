/**
 * Makes of a long tool result what a host gets in its place: both ends of its text, and where the whole is. Whatever isn't
 * text (images, sounds, links) stays as it is. Pure.
 */
import { isRecord, type JsonObject } from '../json/record.ts'
import { writeJson } from '../json/write.ts'

/** What of it is text, as one text; structured content last. */
export function textOfResult({ content, structuredContent }: JsonObject): string {
  const blocks: readonly unknown[] = Array.isArray(content) ? content : []
  const texts = blocks.flatMap((block) => textOfBlock(block) ?? [])
  if (structuredContent !== undefined) {
    const written = writeJson(structuredContent)
    // Most servers say the same twice.
    if (!texts.includes(written)) texts.push(written)
  }
  return texts.join('\n')
}

function textOfBlock(block: unknown): string | undefined {
  if (!isRecord(block)) return undefined
  if (block['type'] === 'text') return typeof block['text'] === 'string' ? block['text'] : undefined
  const resource = block['type'] === 'resource' ? block['resource'] : undefined
  return isRecord(resource) && typeof resource['text'] === 'string' ? resource['text'] : undefined
}

export interface WholeResult {
  readonly text: string
  /** By which it is read. */
  readonly id: string
  readonly uri: string
  /** Which tool reads it. */
  readonly tool: string
}

/** Of each end, in characters. */
const MAX_END = 8000

/** @param most how much of the text may be left, in characters */
export function previewOf(
  result: JsonObject,
  { text, id, uri, tool }: WholeResult,
  most: number,
): JsonObject {
  const { content, structuredContent: _structured, ...rest } = result
  const blocks: readonly unknown[] = Array.isArray(content) ? content : []
  const end = Math.min(MAX_END, Math.floor(most / 2))
  const [head, tail] = [text.slice(0, end).toWellFormed(), text.slice(-end).toWellFormed()]
  const said = `[sidemux: this result has ${text.length} characters. Its first ${end} stand above and its last ${end} below; nothing was changed in it. The whole is kept until this session ends: read on with ${tool} {"id": "${id}", "from": ${end}}, search in it with {"id": "${id}", "search": "words"}, or read ${uri}]`
  return {
    ...rest,
    content: [
      ...[head, said, tail].map((part) => ({ type: 'text', text: part })),
      ...blocks.filter((block) => textOfBlock(block) === undefined),
    ],
  }
}
