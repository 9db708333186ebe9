/**
 * The sentences of the page about itself: whether it is connected, how many questions wait, what happened to an
 * answer, and when the page is over, why, and what to do then. Pure.
 */
import type { AnswerOutcome } from '../../approval/facts/pending.ts'
import type { QuestionFacts } from '../../approval/facts/question.ts'
import type { LocalRefusal, OpenResponse } from '../page-wire.ts'
import type { ConnectionState } from './guard.ts'

export function statusWords(link: ConnectionState): string {
  switch (link) {
    case 'connecting':
      return 'Connecting …'
    case 'live':
      return 'Connected'
    case 'lost':
      return 'Connection lost'
    case 'closed':
      return 'Closed'
  }
}

export function titleWords(link: ConnectionState, open: number, known: boolean): string {
  if (link === 'lost') return 'No connection to sidemux'
  if (!known) return 'One moment …'
  if (open === 0) return 'Nothing waits for you'
  return open === 1 ? 'One question waits for you' : `${open} questions wait for you`
}

export function leadWords(link: ConnectionState, open: number, unspent: number, known: boolean): string {
  if (link === 'lost')
    return 'Nothing can be decided now. Trying again every two seconds. If the host was closed, what is still shown here will not run.'
  if (!known || open > 0) return ''
  if (unspent > 0)
    return unspent === 1 ? 'One yes has not been used yet.' : `${unspent} yeses have not been used yet.`
  return 'When something needs your yes, it appears here. You can leave this page open.'
}

/** Why a question of another sidecar has no buttons here. */
export function elsewhereWords(refuses: LocalRefusal): string {
  switch (refuses) {
    case 'orphan':
      return 'It was asked by a sidemux that was started before the one of this page, and can’t tell this one from what a server left behind. It is decided on its own page.'
    case 'host':
    case 'inside':
      return 'It was asked by a sidemux whose own application started the one of this page. It is decided on its own page.'
    default:
      return 'It was asked by a sidemux that takes no answers from this page. It is decided on its own page.'
  }
}

/** What became of having another sidecar's page opened; undefined: nobody knows. */
export function openedWords(response: OpenResponse | undefined): string {
  if (response === undefined)
    return 'Whether that page was opened is not known. Look for another tab called sidemux.'
  return response.opened
    ? 'That page was opened in your browser.'
    : `That page was not opened: ${response.why ?? 'no reason was given'}. Look for another tab called sidemux.`
}

/**
 * What became of an answer; undefined: nobody knows.
 * @param isNeighbour The page's own sidecar stands first; another one may want its own page for an answer.
 */
export function outcomeWords(outcome: AnswerOutcome | undefined, isNeighbour: boolean): string {
  switch (outcome) {
    case undefined:
      return 'The decision didn’t arrive, or its answer didn’t come back. What is shown here is what counts.'
    case 'gone':
      return 'This question was over already; nothing was decided.'
    case 'decided':
      return 'Somebody decided this first.'
    case 'refused':
      return isNeighbour
        ? 'This sidemux takes no answer from here, so nothing was decided. Its own page is opened for it.'
        : 'It could not be written down or goes beyond what may be allowed, so nothing was decided.'
    case 'done':
      return ''
  }
}

/** As it is said aloud when a question comes. */
export function askedWords({ kind, server, tool, risk, args }: QuestionFacts): string {
  if (kind === 'launch') return `New question: may ${Object.keys(args).join(', ')} start?`
  return `New question: ${whatIsAsked(kind, server, tool)} Risk: ${risk}.`
}

function whatIsAsked(kind: QuestionFacts['kind'], server: string, tool: string): string {
  switch (kind) {
    case 'prompt':
      return `may the prompt ${tool} of ${server} be used?`
    case 'resource':
      return `may ${tool} of ${server} be read?`
    case 'sampling':
      return `may ${server} have your model write for it?`
    default:
      return `may ${server} run ${tool}?`
  }
}

interface Closing {
  readonly title: string
  readonly what: readonly string[]
  readonly steps: readonly (readonly [text: string, command?: string])[]
}

export function closingWords(reason: string | undefined): Closing {
  const again: Closing['steps'] = [
    ['Close this page. The next question opens a new one.'],
    ['What waits now can be decided in any terminal: ', 'sidemux approvals'],
  ]
  switch (reason) {
    case 'voided':
      return {
        title: 'This page was closed for your safety',
        what: [
          'The link that opened this page was used a second time. Another program on this computer may have read it.',
          'Every yes that was given here and not used yet has been taken back.',
        ],
        steps: [
          [
            'If you didn’t open the link twice yourself, find out which program did before you approve anything.',
          ],
          ...again,
          ['The attempt is written down: ', 'sidemux audit show'],
        ],
      }
    case 'caller':
      return {
        title: 'This page is not taken for yours any more',
        what: [
          'Its requests come from another process than the one that opened it. A browser that restarts parts of itself does that; so would a program that copied your cookie.',
          'Nothing can be decided on this page any more.',
        ],
        steps: again,
      }
    default:
      return {
        title: 'This page is over',
        what: [
          'Its session has ended: nobody used the page for twelve hours, or many others were opened since.',
          'Nothing can be decided on this page any more.',
        ],
        steps: again,
      }
  }
}
