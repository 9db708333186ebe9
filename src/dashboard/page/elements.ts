/** Elements, made without any HTML text: what comes from elsewhere only ever becomes text. */
import { pieces, type ShownPiece } from './values/pieces.ts'

type Child = Node | string | undefined

const SVG = 'http://www.w3.org/2000/svg'
const SHAPES = {
  destructive: 'M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2zM7.2 4v5.2h1.6V4zM7.2 10.6v1.6h1.6v-1.6z',
  write: 'M8 .8 15.2 8 8 15.2.8 8zM4.6 7.2v1.6h6.8V7.2z',
  unknown:
    'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zm-.9 9.6v1.7h1.8v-1.7zM5.3 6.2h1.7c0-.7.4-1.1 1-1.1.6 0 1 .4 1 .9 0 1-1.9 1.2-1.9 3.4h1.7c0-1.4 2-1.7 2-3.5C10.8 4.4 9.700 3.500 8 3.500 6.400 3.500 5.300 4.500 5.300 6.200z',
  read: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zm0 1.8a5.2 5.2 0 1 0 0 10.4A5.2 5.2 0 0 0 8 2.8z',
} as const

/** `class` and other attributes by name; true sets an empty one, false and undefined none. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | boolean | undefined>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value)
  }
  element.append(...children.filter((child) => child !== undefined))
  return element
}

export function button(
  label: string,
  attributes: Readonly<Record<string, string | boolean | undefined>>,
  act: () => void,
): HTMLButtonElement {
  const element = make('button', { type: 'button', ...attributes }, label)
  element.addEventListener('click', (event) => {
    // A script of another's can make clicks, a person's are trusted. One that must wait is not disabled, to keep focus.
    if (event.isTrusted && element.getAttribute('aria-disabled') !== 'true') act()
  })
  element.addEventListener('keydown', (event) => {
    // A key that is held down since before decides nothing.
    if (event.repeat) event.preventDefault()
  })
  return element
}

/** Changes an element's text only where it differs, so that nothing is read out or selected anew. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

export function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}

/** Text from elsewhere; what hides in it stands out. */
export function foreign(text: string, lines: 'one' | 'several' = 'one'): DocumentFragment {
  const fragment = document.createDocumentFragment()
  fragment.append(...pieces(text, lines).map(pieceElement))
  return fragment
}

/** Red is for what destroys alone: a badge that all wear says nothing. */
export function riskBadge(risk: string): HTMLElement {
  const { kind, words } = badgeOf(risk)
  return make('span', { class: `risk risk-${kind}` }, shape(SHAPES[kind]), ...words)
}

function badgeOf(risk: string): { kind: keyof typeof SHAPES; words: (Node | string)[] } {
  switch (risk) {
    case 'destructive':
      return { kind: risk, words: badge('Destructive', 'can delete or overwrite') }
    case 'write':
      return { kind: risk, words: badge('Write', 'changes something') }
    case 'unknown':
      return { kind: risk, words: badge('Unknown', 'the server doesn’t say') }
    case 'launch':
      return { kind: 'write', words: badge('Start', 'a program that runs as you') }
    case 'read':
      return { kind: risk, words: badge('Read', 'changes nothing') }
    default:
      return { kind: 'unknown', words: [make('strong', {}, foreign(risk))] }
  }
}

function badge(word: string, meaning: string): HTMLElement[] {
  return [make('strong', {}, word), make('span', {}, meaning)]
}

function shape(path: string): SVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '0 0 16 16')
  svg.setAttribute('aria-hidden', 'true')
  const outline = document.createElementNS(SVG, 'path')
  outline.setAttribute('d', path)
  outline.setAttribute('fill-rule', 'evenodd')
  svg.append(outline)
  return svg
}

function pieceElement({ kind, text, shown, note }: ShownPiece): Node {
  if (kind === 'text') return document.createTextNode(text)
  return make('span', { class: `piece piece-${kind}`, title: note }, shown ?? text)
}
