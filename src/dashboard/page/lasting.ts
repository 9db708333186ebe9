/**
 * The lists of grants and of tools that are denied for a while. Both last beyond one answer, and each entry can be
 * ended here.
 */
import type { Denial } from '../../approval/facts/pending.ts'
import type { Grant } from '../../approval/grants/grants.ts'
import type { PageState } from '../page-wire.ts'
import { button, make, setAttribute } from './elements.ts'
import { untilWords } from './moments.ts'
import { showSentence } from './question/grant-form.ts'
import { grantSentence } from './question/scope.ts'
import { namesOf } from './question/tool-name.ts'

/** Each answers whether it worked. */
export interface Endings {
  revoke(grant: string): Promise<boolean>
  lift(sidecar: string, denial: string): Promise<boolean>
}

export interface ShownDenial {
  /** Its sidecar. */
  readonly sidecar: string
  readonly denial: Denial
  /** Its sidecar takes no decision from this page. */
  readonly isElsewhere: boolean
}

export function denialsOf(state: PageState | undefined): ShownDenial[] {
  return (state?.sidecars ?? []).flatMap(({ sidecar, denials = [], refuses }) =>
    denials.map((denial) => ({ sidecar: sidecar.id, denial, isElsewhere: refuses !== undefined })),
  )
}

export function grantElements(grants: readonly Grant[], now: number, endings: Endings): HTMLElement[] {
  return [
    make('h2', { id: 'grants' }, 'Always allowed'),
    make(
      'ul',
      {},
      ...grants.map((grant) => {
        const times = grant.used === 1 ? 'time' : 'times'
        const used = grant.used === 0 ? 'not used yet' : `used ${grant.used} ${times}`
        const { server, tool } = grant.subject
        const name = grant.group === undefined ? `${server} / ${tool}` : `${server}, all that only read`
        const sentence = showSentence(grantSentence(grant, untilWords(grant.expiresAt, now)))
        return make(
          'li',
          {},
          make('p', {}, sentence, make('span', { class: 'aside' }, ` ${used}`)),
          ending('Revoke', name, () => endings.revoke(grant.id)),
        )
      }),
    ),
  ]
}

export function denialElements(denied: readonly ShownDenial[], now: number, endings: Endings): HTMLElement[] {
  return [
    make('h2', { id: 'denials' }, 'Denied for a while'),
    make(
      'ul',
      {},
      ...denied.map(({ sidecar, denial, isElsewhere }) => {
        const words = `, every call until ${untilWords(denial.until, now)}. It is refused without a question.`
        const name = `${denial.server} / ${denial.tool}`
        return make(
          'li',
          {},
          make('p', {}, make('b', {}, ...namesOf(denial)), words),
          isElsewhere ? undefined : ending('Ask again', name, () => endings.lift(sidecar, denial.id)),
        )
      }),
    ),
  ]
}

/** Only once, unless it failed. */
function ending(label: string, name: string, end: () => Promise<boolean>): HTMLElement {
  const act = async (): Promise<void> => {
    setAttribute(element, 'aria-disabled', 'true')
    setAttribute(element, 'aria-disabled', String(await end()))
  }
  const element = button(label, { class: 'quiet', 'aria-label': `${label} ${name}` }, () => void act())
  return element
}
