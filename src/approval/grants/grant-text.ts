/** A book of grants as text (grant-book.ts). Pure. */
import { z } from 'zod'
import { members, named } from '../../json/named.ts'
import { riskClass } from '../../policy/risk-class.ts'
import type { BookForm } from '../../state/book.ts'
import { Unusable } from '../../state/read-own.ts'
import type { Grant } from './grants.ts'
import { MAX_GROUP } from './group.ts'

const count = z.number().int().min(0)
const hash = z.string().regex(/^[0-9a-f]{64}$/)
const grantSchema = z.strictObject({
  id: z.uuid(),
  subject: z.strictObject({
    server: z.string(),
    tool: z.string(),
    launchHash: hash,
    toolHash: hash,
    ruleHash: hash,
    rule: z.string().optional(),
    risk: riskClass.exactOptional(),
  }),
  group: z
    .strictObject({
      tools: z
        .array(z.strictObject({ tool: z.string(), toolHash: hash }))
        .min(1)
        .max(MAX_GROUP),
      patterns: z.array(z.string()),
    })
    .optional(),
  risk: riskClass,
  createdAt: count,
  expiresAt: count,
  left: count.optional(),
  used: count,
  fixed: named(z.strictObject({ hash, shown: z.string() })).transform((fixed) => Object.fromEntries(fixed)),
  within: members(z.string().max(4096)).optional(),
  free: z.array(z.string()),
  salt: z.string().min(32),
})
const bookSchema = z.strictObject({ version: z.int(), config: z.string(), grants: z.array(grantSchema) })

/** @param configFile the path of servers.yaml: a grant is good for that one only */
export function grantForm(configFile: string): BookForm<readonly Grant[]> {
  return {
    what: 'the book of grants',
    cost: 'every call is asked about until then, and what was granted in it is forgotten',
    full: 'run "sidemux approvals list", then "sidemux approvals revoke ID" for what is no longer needed',
    version: 1,
    maxBytes: 4 * 1024 * 1024,
    read(value) {
      const book = bookSchema.safeParse(value).data
      if (book === undefined) return undefined
      if (book.config !== configFile) throw new Unusable('belongs to another servers.yaml')
      return book.grants
        .map(({ left, group, within, ...grant }): Grant => ({
          ...grant,
          left,
          ...(group !== undefined && { group }),
          ...(within !== undefined && { within }),
        }))
        .toSorted((a, b) => a.createdAt - b.createdAt)
    },
    write: (grants) => ({ config: configFile, grants }),
  }
}
