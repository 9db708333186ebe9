/** Elements, made without any HTML text: what comes from elsewhere only ever becomes text. */
import { pieces, type Piece } from './pieces.ts'

type Child = Node | string | undefined

const SVG = 'http://www.w3.org/2000/svg'
const SHAPES = {
  destructive: 'M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2zM7.2 4v5.2h1.6V4zM7.2 10.6v1.6h1.6v-1.6z',
  write: 'M8 .8 15.2 8 8 15.2.8 8zM4.6 7.2v1.6h6.8V7.2z',
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

export function riskBadge(risk: string): HTMLElement {
  const known = risk === 'destructive' || risk === 'write' || risk === 'read' ? risk : 'destructive'
  return make('span', { class: `risk risk-${known}` }, shape(SHAPES[known]), ...riskWords(risk))
}

function riskWords(risk: string): (Node | string)[] {
  switch (risk) {
    case 'destructive':
      return [make('strong', {}, 'Destructive'), make('span', {}, 'can delete or overwrite')]
    case 'write':
      return [make('strong', {}, 'Write'), make('span', {}, 'changes something')]
    case 'read':
      return [make('strong', {}, 'Read'), make('span', {}, 'changes nothing')]
    default:
      return [make('strong', {}, foreign(risk))]
  }
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

function pieceElement({ kind, text, shown, note }: Piece): Node {
  if (kind === 'text') return document.createTextNode(text)
  return make('span', { class: `piece piece-${kind}`, title: note }, shown ?? text)
}
