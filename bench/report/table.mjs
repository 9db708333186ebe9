// The readable form of what npm run bench found: a table of figures, one of ratios, and what was not measured.

const fixed = (digits) => (value) => (Number.isFinite(value) ? value.toFixed(digits) : '-')
const whole = (value) => (Number.isFinite(value) ? Math.round(value).toLocaleString('en') : '-')

/** Column head, where the figure lies, and how it is written. */
const FIGURES = [
  ['p50 ms', (one) => one.p50, fixed(3)],
  ['p99 ms', (one) => one.p99, fixed(2)],
  ['calls/s at 1', (one) => one.perSecond[1], whole],
  ['at 8', (one) => one.perSecond[8], whole],
  ['at 32', (one) => one.perSecond[32], whole],
  ['CPU µs a call', (one) => one.cpu[32], fixed(0)],
  ['syscalls a call', (one) => one.systemCalls?.[1], fixed(1)],
  ['at 32', (one) => one.systemCalls?.[32], fixed(1)],
  ['threads a call', (one) => one.threads, fixed(2)],
  ['1 MB result ms', (one) => one.large?.result1, fixed(1)],
  ['CPU ms', (one) => one.cpuLarge?.result1, fixed(1)],
  ['1 MB args ms', (one) => one.large?.arguments1, fixed(1)],
  ['10 MB result ms', (one) => one.large?.result10, fixed(0)],
  ['MiB, 20,000 calls', (one) => one.memory?.calls, fixed(0)],
  ['MiB, large too', (one) => one.memory?.large, fixed(0)],
  ['prompt ms', (one) => one.others?.prompt, fixed(3)],
  ['resource ms', (one) => one.others?.resource, fixed(3)],
  ['remote ms', (one) => one.remote, fixed(3)],
  ['asks ms', (one) => one.asks, fixed(2)],
]
const RATIOS = [
  ['calls/s at 1', (ratios) => ratios.perSecond[1]],
  ['at 8', (ratios) => ratios.perSecond[8]],
  ['at 32', (ratios) => ratios.perSecond[32]],
  ['p50 added', (ratios) => ratios.added],
  ['CPU a call', (ratios) => ratios.cpu],
  ['1 MB result', (ratios) => ratios.result1],
  ['CPU of it', (ratios) => ratios.cpuResult1],
  ['1 MB args', (ratios) => ratios.arguments1],
  ['10 MB result', (ratios) => ratios.result10],
]

/** What sidemux does at 32 in flight, in ratio to others than the raw relay. */
const beside = (rates) =>
  Object.entries(rates).map(([name, ratio]) => `sidemux, calls/s at 32 ÷ ${name}: ${ratio.toFixed(2)}\n`)

/** Lines of text whose columns stand below each other. */
function grid(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const line = (row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join('  ')
  return rows.map(line).join('\n')
}

/** Contenders are the rows that are few; figures would not fit beside each other, so they are rows. */
export function table({ contenders, ratios, rates, run, without }) {
  const names = Object.keys(contenders)
  const all = (rows, of) =>
    rows.map(([head, figure, write = fixed(2)]) => [
      head,
      ...names.map((name) => (of[name] ? write(figure(of[name])) : '-')),
    ])
  return [
    `${run.cpus} x ${run.cpu}, ${run.os}, Node ${run.node}, load ${run.load.map((one) => one.toFixed(1)).join(' ')}, ${run.rounds} rounds in turns`,
    ...names.map((name) => `  ${name}: ${contenders[name].what}`),
    ...without.map((why) => `  not measured: ${why}`),
    '',
    grid([['figures', ...names], ...all(FIGURES, contenders)]),
    '',
    grid([['ratio to the raw relay', ...names], ...all(RATIOS, ratios)]),
    '',
    beside(rates).join(''),
  ].join('\n')
}
