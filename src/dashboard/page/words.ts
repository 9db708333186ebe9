/**
 * What the page says of itself: whether it is connected, what waits, and, when it is over, why, and what to do now.
 * Pure.
 */
import type { QuestionFacts } from '../../approval/question.ts'
import type { Link } from './guard.ts'

export function statusWords(link: Link): string {
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

export function titleWords(link: Link, open: number, known: boolean): string {
  if (link === 'lost') return 'No connection to sidemux'
  if (!known) return 'One moment …'
  if (open === 0) return 'Nothing waits for you'
  return open === 1 ? 'One question waits for you' : `${open} questions wait for you`
}

export function leadWords(link: Link, open: number, unspent: number, known: boolean): string {
  if (link === 'lost')
    return 'Nothing can be decided now. Trying again every two seconds. If the host was closed, what is still shown here will not run.'
  if (!known || open > 0) return ''
  if (unspent > 0)
    return unspent === 1 ? 'One yes has not been used yet.' : `${unspent} yeses have not been used yet.`
  return 'When something needs your yes, it appears here. You can leave this page open.'
}

/** As it is said aloud when a question comes. */
export function askedWords({ kind, server, tool, risk }: QuestionFacts): string {
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
