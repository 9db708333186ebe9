/**
 * The bars that decide, and where they are. A bar that stays in view covers what is behind it, so the page is made longer
 * by its height; and a bar that comes to where another one was must not take the click that was meant for that one.
 */

/** @param moved Something that can be clicked is not where it was. */
export function watchFeet(list: HTMLElement, moved: () => void): void {
  let holders = ''
  const seen = new ResizeObserver(() => {
    const foot = list.querySelector<HTMLElement>('.card.is-open > .foot')
    const height = foot === null ? 0 : foot.offsetHeight
    // Set on the element itself, which the rules of the page's content allow.
    document.documentElement.style.setProperty('--foot', `${height}px`)
    holders = stuck(list)
    moved()
  })
  seen.observe(list)
  const observe = (): void => {
    for (const foot of list.querySelectorAll('.foot')) seen.observe(foot)
  }
  new MutationObserver(observe).observe(list, { childList: true })
  document.addEventListener(
    'scroll',
    () => {
      const now = stuck(list)
      if (now !== holders) moved()
      holders = now
    },
    { passive: true },
  )
}

/** Whose bars are at an edge of the window now. */
function stuck(list: HTMLElement): string {
  return [...list.querySelectorAll<HTMLElement>('.card.is-open')]
    .filter((card) => {
      const place = card.querySelector('.foot')?.getBoundingClientRect()
      if (place === undefined || place.bottom <= 0 || place.top >= window.innerHeight) return false
      return place.top <= 0 || place.bottom >= window.innerHeight - 1
    })
    .map((card) => card.dataset['id'])
    .join()
}
