/**
 * Breaks the long lines of a question itself, so that no terminal or dialog has to: what is broken off is set in
 * further than the line that it belongs to, so no value can begin a line of its own and pose as ours.
 * Pure.
 */

export function wrap(text: string, columns: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, columns))
}

function wrapLine(line: string, columns: number): string[] {
  const indent = `${/^ */.exec(line)?.[0] ?? ''}    `
  const lines: string[] = []
  let now = ''
  let width = 0
  for (const character of line) {
    const wide = widthOf(character)
    if (width + wide > columns) {
      lines.push(now)
      now = indent
      width = indent.length
    }
    now += character
    width += wide
  }
  return [...lines, now]
}

/** Generous: what is counted too wide leaves a gap, what is counted too narrow is cut off. */
export function widthOf(character: string): number {
  return (character.codePointAt(0) ?? 0) >= 0x1100 ? 2 : 1
}
