/**
 * The schemas of the replies of a local door. Anything that doesn't fit counts as no reply. Unknown members are left
 * out.
 */
import { z } from 'zod'
import type { GrantOffer } from '../../approval/grants/grant-offer.ts'
import { MAX_GROUP } from '../../approval/grants/group.ts'
import { MAX_QUESTION_LENGTH } from '../../approval/facts/question.ts'
import { members, named } from '../../json/named.ts'
import { riskClass } from '../../policy/risk-class.ts'
import { isLocalRefusal } from './refusals.ts'
import type { LocalState, OpenResponse } from '../page-wire.ts'

const text = (max: number) => z.string().max(max)
/** Without members that are undefined. */
function offered({
  fixedByDefault,
  within,
  group,
  maxUses,
  ...offer
}: Omit<GrantOffer, 'maxUses' | 'fixedByDefault' | 'within' | 'group'> & {
  maxUses?: number | undefined
  fixedByDefault?: readonly string[] | undefined
  within?: GrantOffer['within'] | undefined
  group?: GrantOffer['group'] | undefined
}): GrantOffer {
  return {
    ...offer,
    maxUses,
    ...(fixedByDefault !== undefined && { fixedByDefault }),
    ...(within !== undefined && { within }),
    ...(group !== undefined && { group }),
  }
}

const pending = z
  .object({
    id: text(64),
    facts: z
      .object({
        kind: z.enum(['tool', 'prompt', 'resource', 'sampling', 'launch']).optional(),
        server: text(1024),
        // A resource's URI is as long as its reader made it; a question holds it whole.
        tool: text(MAX_QUESTION_LENGTH),
        risk: text(64),
        why: text(64 * 1024),
        because: text(64 * 1024).optional(),
        args: named(z.unknown()).transform((args) => Object.fromEntries(args)),
        changes: z.array(
          z
            .object({ member: z.string(), before: z.string().optional(), after: z.string().optional() })
            .transform(({ member, before, after }) => ({
              member,
              ...(before === undefined ? {} : { before }),
              ...(after === undefined ? {} : { after }),
            })),
        ),
        description: z.string().optional(),
      })
      .transform(({ kind, because, description, ...facts }) => ({
        ...facts,
        ...(kind === undefined ? {} : { kind }),
        ...(because === undefined ? {} : { because }),
        ...(description === undefined ? {} : { description }),
      })),
    text: z.string(),
    askedAt: z.number(),
    expiresAt: z.number(),
    waiting: z.boolean(),
    state: z.enum(['open', 'approved']),
    offer: z
      .object({
        risk: riskClass,
        anyArguments: z.boolean(),
        argumentNames: z.array(z.string()),
        maxUses: z.number().optional(),
        maxMs: z.number(),
        fixedByDefault: z.array(z.string()).optional(),
        within: members(
          z
            .object({ folders: z.array(text(4096)).max(64), byDefault: text(4096).optional() })
            .transform(({ folders, byDefault }) => ({
              folders,
              ...(byDefault !== undefined && { byDefault }),
            })),
        ).optional(),
        group: z
          .object({
            tools: z.array(z.string()).max(MAX_GROUP),
            patterns: z.array(z.string()).max(MAX_GROUP),
            maxMs: z.number(),
          })
          .optional(),
      })
      .optional()
      .transform((offer) => (offer === undefined ? undefined : offered(offer))),
    denyMs: z.number().optional(),
  })
  .transform(({ denyMs, ...question }) => ({
    ...question,
    offer: question.offer,
    ...(denyMs === undefined ? {} : { denyMs }),
  }))

const denial = z
  .object({
    id: text(64),
    kind: z.enum(['tool', 'prompt', 'resource', 'sampling', 'launch']).optional(),
    server: text(1024),
    tool: text(MAX_QUESTION_LENGTH),
    since: z.number(),
    until: z.number(),
  })
  .transform(({ kind, ...one }) => ({ ...one, ...(kind === undefined ? {} : { kind }) }))

export const localStateSchema = z
  .object({
    sidecar: z
      .object({
        id: text(64),
        pid: z.int(),
        config: text(4096),
        host: text(1024).optional(),
        startedAt: z.number(),
      })
      .transform((sidecar) => ({ ...sidecar, host: sidecar.host })),
    pending: z.array(pending).max(1000),
    more: z.int().nonnegative(),
    pageOpen: z.boolean(),
    pageComing: z.boolean(),
    denials: z.array(denial).max(1000).optional(),
    refuses: z.string().optional(),
    noPage: text(1024).optional(),
    leftBy: z.array(text(1024)).max(1000).optional(),
  })
  // A reason that isn't known here is one all the same.
  .transform(({ refuses, denials, noPage, leftBy, ...state }): LocalState => ({
    ...state,
    ...(leftBy === undefined ? {} : { leftBy }),
    ...(denials === undefined ? {} : { denials }),
    ...(noPage === undefined ? {} : { noPage }),
    ...(refuses === undefined ? {} : { refuses: isLocalRefusal(refuses) ? refuses : 'not-allowed' }),
  }))

const outcome = z.enum(['done', 'gone', 'decided', 'refused'])

export const answerResponse = z.object({
  outcomes: z.array(outcome).max(10_000),
})

export const liftResponse = z.object({ outcome })

export const openResponse = z
  .object({ opened: z.boolean(), why: text(1024).optional() })
  .transform(({ opened, why }): OpenResponse => (why === undefined ? { opened } : { opened, why }))
