/** One kept listing as it lies on the disk (last-listed.ts): what it is of, and what the server offered. */
import { z } from 'zod'
import { members } from '../../json/named.ts'
import { readOwn } from '../../state/read-own.ts'
import { PROMPTS, RESOURCES, TEMPLATES, TOOLS } from '../../upstream/session/lists/lists.ts'
import type { Offers } from '../../upstream/messages/offer.ts'

/** A larger one isn't kept, nor read. */
export const MAX_LISTED_BYTES = 2 * 1024 * 1024

const ofSchema = z.object({
  /** The path of servers.yaml. */
  config: z.string(),
  server: z.string(),
  /** The hash of what it was launched with. */
  launch: z.string(),
  circumstances: members(z.unknown()),
})

export type ListedOf = z.output<typeof ofSchema>

const list = z.array(z.unknown())
const fileSchema = ofSchema.extend({
  version: z.literal(1),
  offers: z.object({
    tools: list,
    prompts: list,
    resources: list,
    templates: list,
    capabilities: members(z.unknown()),
    instructions: z.string().optional(),
  }),
})

export function listedText(of: ListedOf, { cache: _cache, ...offers }: Offers): string {
  return JSON.stringify({ version: 1, ...of, offers })
}

/** @throws when it can't be read, or isn't one. */
export function readListed(file: string): { text: string; at: number; of: ListedOf; offers: Offers } {
  const { text, mtimeMs: at } = readOwn(file, MAX_LISTED_BYTES)
  const { offers, version: _version, ...of } = fileSchema.parse(JSON.parse(text))
  return { text, at, of, offers: usable(offers) }
}

/** As if the server had said it just now. */
function usable({
  tools,
  prompts,
  resources,
  templates,
  capabilities,
  instructions,
}: z.output<typeof fileSchema>['offers']): Offers {
  return {
    tools: TOOLS.normalize(tools).entries,
    prompts: PROMPTS.normalize(prompts).entries,
    resources: RESOURCES.normalize(resources).entries,
    templates: TEMPLATES.normalize(templates).entries,
    capabilities,
    cache: {},
    ...(instructions !== undefined && { instructions }),
  }
}
