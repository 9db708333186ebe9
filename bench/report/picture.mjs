// The picture of README.md: for each contender how many calls a second it does, and how long a call takes more than
// without it. Plain SVG; its colours follow the reader's day or night.

const WIDTH = 760
const LEFT = 190
const BAR = { height: 18, gap: 8, most: 190 }
const STYLE = `
  text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328 }
  .head { font-weight: 600 } .small { font-size: 11px; fill: #59636e }
  .other { fill: #8c959f } .ours { fill: #0969da } .back { fill: #ffffff; stroke: #d1d9e0 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .small { fill: #9198a1 }
    .other { fill: #656c76 } .ours { fill: #4493f8 } .back { fill: #0d1117; stroke: #3d444d }
  }`
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const text = (x, y, content, kind = '', anchor = 'start') =>
  `<text x="${x}" y="${y}" class="${kind}" text-anchor="${anchor}">${escaped(content)}</text>`

/** One column of bars: `value` of each name in ratio to the longest. */
function bars(x, names, value, written) {
  const most = Math.max(...names.map(value))
  return names.map((name, row) => {
    const y = 64 + row * (BAR.height + BAR.gap)
    const width = Math.max(2, (value(name) / most) * BAR.most).toFixed(1)
    const kind = name === 'sidemux' ? 'ours' : 'other'
    return (
      `<rect x="${x}" y="${y}" width="${width}" height="${BAR.height}" rx="3" class="${kind}"/>` +
      text(x + Number(width) + 6, y + 14, written(name))
    )
  })
}

/** @param all what bench.mjs found */
export function picture({ contenders, run }) {
  const names = Object.keys(contenders).filter((name) => name !== 'direct')
  const added = (name) => Math.max(0, contenders[name].p50 - contenders.direct.p50)
  const height = 64 + names.length * (BAR.height + BAR.gap) + 34
  const labels = names.map((name, row) =>
    text(LEFT - 10, 78 + row * (BAR.height + BAR.gap), contenders[name].what.replace(/,.*/, ''), '', 'end'),
  )
  const second = LEFT + BAR.most + 90
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    '<title>Calls a second, and time added to a call, of sidemux and of others</title>',
    `<style>${STYLE}\n</style>`,
    `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8" class="back"/>`,
    text(LEFT, 28, 'Calls a second', 'head'),
    text(LEFT, 46, '32 in flight; longer is better', 'small'),
    text(second, 28, 'Added to a call', 'head'),
    text(second, 46, 'median, one at a time; shorter is better', 'small'),
    ...labels,
    ...bars(
      LEFT,
      names,
      (name) => contenders[name].perSecond[32],
      (name) => Math.round(contenders[name].perSecond[32]).toLocaleString('en'),
    ),
    ...bars(second, names, added, (name) => `${added(name).toFixed(3)} ms`),
    text(
      20,
      height - 14,
      `Relays check nothing. sidemux: 4 servers, 20 secrets, all checks, masking and audit on. ${run.cpus} cores, Node ${run.node}.`,
      'small',
    ),
    '</svg>\n',
  ].join('\n')
}
