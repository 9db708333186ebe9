/** What a terminal showed, as a picture in SVG: text that can be read, searched and copied. Pure. */

const FONT_PX = 13
const LINE_PX = 19
const COLUMN_PX = 7.82
const MARGIN_PX = 18
const PROMPT = '$ '

/**
 * @param {string} text what was typed behind `$ `, and what came
 * @param {string} title for readers who see no pictures
 * @returns {string} the picture; the same text gives the same bytes
 */
export function terminalSvg(text, title) {
  const lines = text.replace(/\n+$/, '').split('\n')
  const columns = Math.max(...lines.map(widthOf))
  const width = Math.ceil(columns * COLUMN_PX + 2 * MARGIN_PX)
  const height = lines.length * LINE_PX + 2 * MARGIN_PX
  const rows = lines.flatMap((line, index) => (line === '' ? [] : [row(line, index)]))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}">
<rect width="100%" height="100%" rx="8" fill="#16181d"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_PX}" fill="#c9ced6">
${rows.join('\n')}
</g>
</svg>
`
}

/** In columns, for what has no wide characters. */
const widthOf = (line) => Array.from(line).length

function row(line, index) {
  const y = MARGIN_PX + LINE_PX * (index + 0.72)
  const style = line.startsWith(PROMPT) ? ' font-weight="bold" fill="#8fd19e"' : ''
  // A width of its own keeps columns straight whatever font there is.
  const length = (widthOf(line) * COLUMN_PX).toFixed(1)
  return `<text x="${MARGIN_PX}" y="${y.toFixed(1)}" textLength="${length}" lengthAdjust="spacingAndGlyphs"${style}>${escape(line)}</text>`
}

function escape(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/\p{Cc}/gu, '')
    .replaceAll(' ', '\u00a0') // blanks in a row would become one
}
