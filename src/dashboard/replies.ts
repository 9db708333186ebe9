/** What a local door answers, checked; anything else is no answer. Members that we don't know are left out. */
import { z } from 'zod'
import { MAX_QUESTION_LENGTH } from '../approval/question.ts'
import type { OpenResponse } from './wire.ts'

const text = (max: number) => z.string().max(max)
const pending = z
  .object({
    id: text(64),
    facts: z
      .object({
        kind: z.enum(['tool', 'prompt', 'resource', 'sampling']).optional(),
        server: text(1024),
        // A resource's URI is as long as its reader made it; a question holds it whole.
        tool: text(MAX_QUESTION_LENGTH),
        risk: text(64),
        why: text(64 * 1024),
        args: z.record(z.string(), z.unknown()),
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
      .transform(({ kind, description, ...facts }) => ({
        ...facts,
        ...(kind === undefined ? {} : { kind }),
        ...(description === undefined ? {} : { description }),
      })),
    text: z.string(),
    askedAt: z.number(),
    expiresAt: z.number(),
    waiting: z.boolean(),
    state: z.enum(['open', 'approved']),
    offer: z
      .object({
        risk: z.enum(['read', 'write', 'destructive']),
        anyArguments: z.boolean(),
        argumentNames: z.array(z.string()),
        maxUses: z.number().optional(),
        maxMs: z.number(),
      })
      .optional()
      .transform((offer) => (offer === undefined ? undefined : { ...offer, maxUses: offer.maxUses })),
  })
  .transform((question) => ({ ...question, offer: question.offer }))

export const localState = z.object({
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
})

export const answerResponse = z.object({
  outcomes: z.array(z.enum(['done', 'gone', 'decided', 'refused'])).max(10_000),
})

export const openResponse = z
  .object({ opened: z.boolean(), why: text(1024).optional() })
  .transform(({ opened, why }): OpenResponse => (why === undefined ? { opened } : { opened, why }))
