/**
 * Judges what a result or a prompt is made of: blocks, resources, icons, annotations (2026-07-28 schema: ContentBlock,
 * ResourceContents, Annotations).
 */
import { isRecord } from '../../json/record.ts'
import { anyOf, isDouble, isObject, isShare, isText, listOf, objectWith, among, type Guard } from './shape.ts'

const DATE_TIME =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** ISO 8601 with a zone, on a day that there is. */
const isDateTime: Guard = (value) => {
  const [, year, month, day] = typeof value === 'string' ? (DATE_TIME.exec(value) ?? []) : []
  if (day === undefined) return false
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  return date.getUTCDate() === Number(day)
}

/** Base64 as forgiving as `atob` takes it (WHATWG Infra, forgiving-base64 decode). */
export const isBase64: Guard = (value) => {
  if (typeof value !== 'string') return false
  const dense = /[\t\n\f\r ]/.test(value) ? value.replace(/[\t\n\f\r ]+/g, '') : value
  const padding = dense.length % 4 > 0 ? 0 : dense.endsWith('==') ? 2 : dense.endsWith('=') ? 1 : 0
  const length = dense.length - padding
  return length % 4 !== 1 && !/[^A-Za-z0-9+/]/.test(padding === 0 ? dense : dense.slice(0, length))
}

export const isRole: Guard = among('user', 'assistant')

export const isAnnotations: Guard = objectWith(
  {},
  { audience: listOf(isRole), priority: isShare, lastModified: isDateTime },
)

export interface Icon {
  readonly src: string
}

const isIconShape: Guard = objectWith(
  { src: isText },
  { mimeType: isText, sizes: listOf(isText), theme: among('light', 'dark') },
)

export function isIcon(value: unknown): value is Icon {
  return isIconShape(value)
}

const BESIDE = { annotations: isAnnotations, _meta: isObject }
const OF_CONTENTS = { mimeType: isText, _meta: isObject }

/** One of the `contents` of a resource. */
export const isResourceContents: Guard = anyOf(
  objectWith({ uri: isText, text: isText }, OF_CONTENTS),
  objectWith({ uri: isText, blob: isBase64 }, OF_CONTENTS),
)

/** The members that offers have in common (2026-07-28 schema: BaseMetadata, Icons). */
export const OF_OFFERS = { title: isText, icons: listOf(isIcon), description: isText }

const RESOURCE = [
  { name: isText, uri: isText },
  { ...OF_OFFERS, ...BESIDE, mimeType: isText, size: isDouble },
] as const

export const isResource: Guard = objectWith(...RESOURCE)
export const isResourceTemplate: Guard = objectWith(
  { name: isText, uriTemplate: isText },
  { ...OF_OFFERS, ...BESIDE, mimeType: isText },
)

const isMedia: Guard = objectWith({ data: isBase64, mimeType: isText }, BESIDE)

/** By the `type` of the block. */
const BLOCKS: ReadonlyMap<unknown, Guard> = new Map([
  ['text', objectWith({ text: isText }, BESIDE)],
  ['image', isMedia],
  ['audio', isMedia],
  ['resource_link', isResource],
  ['resource', objectWith({ resource: isResourceContents }, BESIDE)],
])

export const isContentBlock: Guard = (value) => isRecord(value) && BLOCKS.get(value['type'])?.(value) === true
