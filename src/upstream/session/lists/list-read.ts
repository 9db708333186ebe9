/**
 * Reads one list of a server as far as possible. Never rejects. The result says what is missing, so that it can be
 * reported and read again; the entries that were read count all the same.
 */
import { RpcError } from '../../../wire/rpc-error.ts'
import type { Connection } from '../connection.ts'
import type { Raw } from '../diagnosis.ts'
import { PROMPTS, RESOURCES, TEMPLATES, TOOLS } from './lists.ts'
import type { OfferKind } from '../../messages/offer.ts'
import { NoList, type ListedPages, type PageTimes } from './pages.ts'
import { isMethodNotFound, NoAnswer } from '../no-answer.ts'

/** How long a page is waited for where nobody waits with us. */
export const PATIENT: PageTimes = { firstMs: 30_000, laterMs: 30_000 }

export interface ListRead {
  readonly kind: OfferKind
  /** Undefined where nothing of it could be read. */
  readonly pages: ListedPages<unknown> | undefined
  readonly gap?: Gap
}

/** What is missing of a list. */
export interface Gap {
  /** Ends a sentence that begins with "its list of tools". */
  readonly why: string
  readonly raw?: Raw
}

const LISTS = { tools: TOOLS, prompts: PROMPTS, resources: RESOURCES, templates: TEMPLATES } as const

export async function readList(
  connection: Connection,
  kind: OfferKind,
  signal: AbortSignal,
  times: PageTimes = PATIENT,
): Promise<ListRead> {
  try {
    const pages: ListedPages<unknown> = await connection.list(LISTS[kind], signal, times)
    const { failed } = pages
    if (failed === undefined) return { kind, pages }
    const { why, ...words } = whyUnread(failed.error, times.laterMs)
    return {
      kind,
      pages,
      gap: { why: `ends after page ${failed.page - 1}, because page ${failed.page} ${why}`, ...words },
    }
  } catch (error) {
    if (isMethodNotFound(error)) return { kind, pages: { entries: [], warnings: [], cache: undefined } }
    return { kind, pages: undefined, gap: whyUnread(error, times.firstMs) }
  }
}

function whyUnread(error: unknown, timeoutMs: number): Gap {
  if (error instanceof RpcError)
    return {
      why: `was answered with an error (${error.code})`,
      raw: { what: 'its error', text: error.message },
    }
  if (error instanceof NoList) return { why: 'was answered with something that is no list' }
  const reason = error instanceof NoAnswer ? error.reason : undefined
  if (reason?.how === 'late') return { why: `was not answered within ${timeoutMs / 1000} s` }
  if (reason?.how !== 'bad') return { why: 'could not be read' }
  const { why, failing } = reason
  return {
    why:
      failing.notRun === undefined ? `was answered ${why}` : `could not be asked for, as the server ${why}`,
  }
}
