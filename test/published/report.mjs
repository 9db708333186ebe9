/** What npm run published prints: a line for each server, and what differs below it. Pure. */

const COLUMNS = [
  'server',
  'version',
  'eras',
  'tools',
  'prompts',
  'resources',
  'templates',
  'repairs',
  'first calls',
  'differences',
]

export function tableOf(found) {
  const rows = [COLUMNS, ...found.map(rowOf)]
  // A server that wasn't compared has words for figures.
  const full = rows.filter((row) => row.length === COLUMNS.length)
  const widths = COLUMNS.map((_, column) => {
    const among = column < 2 ? rows : full
    return Math.max(...among.map((row) => row[column].length))
  })
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(row.length === full[0].length || column < 2 ? widths[column] : 0))
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n\n${repairsOf(found)}\n${explainedOf(found)}\n${sumOf(found)}\n`
}

/** What npm run published -- --sandbox prints. */
export function sandboxTableOf(found) {
  const rows = found.map(({ name, package: which, failed, tools, calls, setting, differences }) => {
    const version = which.slice(which.lastIndexOf('@') + 1)
    if (failed !== undefined) return [name, version, failed.slice(0, 80)]
    const open = differences.filter(({ why }) => why === undefined).length
    return [
      name,
      version,
      tools.join('/'),
      `${calls.equal}/${calls.of}`,
      setting || '-',
      open === 0 ? 'the same' : `${open} DIFFER`,
    ]
  })
  const all = [['server', 'version', 'tools', 'first calls', 'sandbox', 'confined'], ...rows]
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...all.map((row) => (row.length > 3 ? row[column].length : 0))),
  )
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const same = rows.filter((row) => row.at(-1) === 'the same')
  const bare = same.filter((row) => row[4] === '-')
  return `${lines.join('\n')}\n\n${same.length} of ${found.length} behave confined as they do unconfined, ${bare.length} of them with no setting\n`
}

function rowOf(one) {
  const version = one.package.slice(one.package.lastIndexOf('@') + 1)
  if (one.failed !== undefined) return [one.name, version, one.failed.slice(0, 80)]
  if (one.down !== undefined)
    return [
      one.name,
      version,
      `starts neither way: ${one.down.straight.slice(0, 70)} | sidemux tools: ${one.down.told}`,
    ]
  const counts = Object.values(one.counts).map(([straight, through]) => `${straight}/${through}`)
  const open = one.differences.filter(({ why }) => why === undefined).length
  const said = one.differences.length - open
  const differences = open > 0 ? `${open} UNEXPLAINED` : said > 0 ? `${said} explained` : 'none'
  return [
    one.name,
    version,
    one.eras.join('+'),
    ...counts,
    `${one.edits.length}`,
    `${one.calls.equal}/${one.calls.of}`,
    differences,
  ]
}

/** What hosts see otherwise than a server wrote it, as `sidemux tools` says it. */
function repairsOf(found) {
  const counts = new Map()
  for (const { edits = [] } of found)
    for (const { what, part, why } of edits) {
      const line = `${what}: ${part}, because ${why}`
      counts.set(line, (counts.get(line) ?? 0) + 1)
    }
  const lines = [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([line, count]) => `  ${String(count).padStart(4)} ${line}`)
  return ['repairs, as "sidemux tools" lists them:', ...lines, ''].join('\n')
}

function explainedOf(found) {
  const all = found.flatMap(({ name, differences = [] }) => differences.map((one) => ({ name, ...one })))
  const reasons = Map.groupBy === undefined ? grouped(all) : Map.groupBy(all, ({ why }) => why)
  const lines = [...reasons].flatMap(([why, ones]) =>
    why === undefined ? [] : [`  ${why} (${[...new Set(ones.map(({ name }) => name))].join(', ')})`],
  )
  return lines.length === 0 ? '' : ['differences that have a reason:', ...lines, ''].join('\n')
}

function grouped(all) {
  const groups = new Map()
  for (const one of all) groups.set(one.why, [...(groups.get(one.why) ?? []), one])
  return groups
}

function sumOf(found) {
  const looked = found.filter(({ counts, down }) => counts !== undefined && down === undefined)
  const tools = looked.map(({ counts }) => counts.tools)
  const sum = (index) => tools.reduce((total, pair) => total + pair[index], 0)
  const open = found.flatMap(({ differences = [] }) => differences).filter(({ why }) => why === undefined)
  const calls = looked.map(({ calls: { equal, of } }) => [equal, of])
  const total = (index) => calls.reduce((all, pair) => all + pair[index], 0)
  return `${looked.length} of ${found.length} servers list: ${sum(0)} tools straight, ${sum(1)} through; ${total(0)} of ${total(1)} first calls equal; ${open.length} differences without a reason`
}

/** One server, when it is done: what differs without a reason, both sides from where they part. */
export function detailsOf(one) {
  if (one.failed !== undefined) return `${one.name}: ${one.failed}`
  const open = one.differences.filter(({ why }) => why === undefined)
  const lines = open.map(({ era, where, straight, through }) => {
    const [a, b] = parted(String(straight), String(through))
    return `  ${era} host, ${where}\n    straight: ${a}\n    through:  ${b}`
  })
  return [`${one.name}: ${open.length === 0 ? 'the same' : 'differs'}`, ...lines].join('\n')
}

function parted(a, b) {
  let at = 0
  while (at < a.length && a[at] === b[at]) at += 1
  const from = Math.max(0, at - 60)
  return [a.slice(from, at + 160), b.slice(from, at + 160)]
}
