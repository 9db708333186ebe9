/**
 * What a host sees of one server through sidemux, held against what it sees straight. Whatever differs must be said by
 * `sidemux tools` (an edit that names the member), or stand in differences.json with its reason. Pure.
 */

const KINDS = { tools: 'tool', prompts: 'prompt', resources: 'resource', templates: 'template' }
const ID = { tools: 'name', prompts: 'name', resources: 'uri', templates: 'uriTemplate' }
/** Instructions are cut to what fits into one line of all servers', but never so short. */
const FIRST_WORDS = 40
/** What a hop says for itself in 2026-07-28 (caching, result types, who answers). */
const OF_THE_HOP = new Set(['resultType', 'ttlMs', 'cacheScope', 'nextCursor'])

/**
 * @param entry of servers.json
 * @param seen by visit.mjs
 * @param known differences.json
 */
export function compare(entry, seen, known) {
  const { rows } = seen.told
  const context = { entry, known, rows, id: rows[0]?.server ?? entry.name }
  const pairs = Object.keys(seen.through).map((era) => ({
    era,
    straight: straightOf(seen, era),
    through: seen.through[era],
  }))
  const found = pairs.flatMap((pair) => ofPair(pair, context))
  const told = found.map((difference) => ({
    ...difference,
    why: difference.why ?? whyOf(difference, context),
  }))
  const [{ straight, through }] = pairs
  const calls = Object.keys(straight.answers ?? {})
  const unequal = new Set(told.filter(({ why }) => why === undefined).map(({ where }) => where))
  return {
    name: entry.name,
    package: `${entry.package}@${entry.version}`,
    down: straight.down && { straight: lastLine(straight), told: seen.told.stderr.trim().split('\n')[0] },
    eras: Object.keys(seen.straight).filter((era) => seen.straight[era].down === undefined),
    counts: Object.fromEntries(
      Object.keys(KINDS).map((kind) => [
        kind,
        [straight, through].map((one) => one.lists?.[kind].length ?? 0),
      ]),
    ),
    edits: rows.flatMap((row) => row.edits.map((edit) => ({ of: ownOf(row), kind: row.kind, ...edit }))),
    calls: { of: calls.length, equal: calls.filter((call) => !unequal.has(call)).length },
    differences: told,
  }
}

/** The same host's view of a server that is confined and of one that isn't: what is listed, and the first results. */
export function compareSandbox(entry, { plain, confined }, known) {
  const context = { entry, known, id: entry.name }
  const pairs = [
    ['starts', plain.down ?? 'yes', confined.down ?? 'yes'],
    ...Object.keys(KINDS).map((kind) => [
      `${kind} listed`,
      namesOf(plain, kind).join(' '),
      namesOf(confined, kind).join(' '),
    ]),
    ...Object.keys(plain.answers ?? {}).map((call) => [
      call,
      steady(plainAnswer(plain.answers[call]), context),
      steady(plainAnswer(confined.answers?.[call]), context),
    ]),
  ]
  const differences = pairs
    .filter(([, one, other]) => one !== other)
    .map(([where, straight, through]) => ({
      era: 'old',
      where,
      straight,
      through,
      why: known.expected.find(
        (one) => one.server === entry.name && one.era === undefined && new RegExp(one.where).test(where),
      )?.why,
    }))
  const calls = Object.keys(plain.answers ?? {})
  const unequal = new Set(differences.filter(({ why }) => why === undefined).map(({ where }) => where))
  return {
    name: entry.name,
    package: `${entry.package}@${entry.version}`,
    tools: [plain, confined].map((one) => namesOf(one, 'tools').length),
    calls: { of: calls.length, equal: calls.filter((call) => !unequal.has(call)).length },
    setting: entry.sandbox === undefined ? '' : JSON.stringify(entry.sandbox),
    differences,
  }
}

function namesOf({ lists }, kind) {
  return (lists?.[kind] ?? []).map((one) => one[ID[kind]]).toSorted()
}

/** In the host's era where the server has it, else in the one that it has. */
function straightOf({ straight }, era) {
  const [same, other] = era === 'old' ? [straight.old, straight.new] : [straight.new, straight.old]
  return same.down !== undefined && other.down === undefined ? other : same
}

function ofPair({ era, straight, through }, context) {
  const difference = (where, straightly, throughly) => ({
    era,
    where,
    straight: straightly,
    through: throughly,
  })
  if (straight.down !== undefined) {
    const listed = Object.values(through.lists ?? {}).flat()
    return listed.length === 0 ? [] : [difference('starts', straight.down, `${listed.length} listed`)]
  }
  if (through.down !== undefined) return [difference('starts', 'yes', through.down)]
  return [
    ...ofInstructions(straight, through, context).map((pair) => difference('instructions', ...pair)),
    ...ofCapabilities(straight, through).map((pair) => difference('capabilities', ...pair)),
    ...Object.keys(KINDS).flatMap((kind) =>
      ofList(kind, straight, through, context).map((one) => difference(...one)),
    ),
    ...ofAnswers(straight, through, context).map((one) => difference(...one)),
  ]
}

function ofInstructions({ instructions }, through, { id }) {
  const line = (through.instructions ?? '').split('\n').find((candidate) => candidate.startsWith(`- ${id}`))
  if (line === undefined) return [[instructions, through.instructions]]
  const plain = (instructions ?? '').trim().replaceAll(/\s+/gu, ' ')
  const first = JSON.stringify(plain.slice(0, FIRST_WORDS)).slice(1, -1)
  return line.includes(first) ? [] : [[plain, line]]
}

function ofCapabilities(straight, through) {
  const wanted = ['tools', 'prompts', 'resources', 'completions']
  return wanted
    .filter((name) => straight.capabilities[name] !== undefined && through.capabilities[name] === undefined)
    .map((name) => [name, 'not declared'])
}

function ofList(kind, straight, through, context) {
  const id = ID[kind]
  const left = new Map(through.lists[kind].map((one) => [one[id], one]))
  const found = []
  for (const one of straight.lists[kind]) {
    const where = `${KINDS[kind]} ${one[id]}`
    const row = context.rows.find(
      (candidate) => candidate.kind === KINDS[kind] && ownOf(candidate) === one[id],
    )
    if (row === undefined) found.push([where, 'listed', 'not known to sidemux tools'])
    else if (!left.has(row.name)) {
      const why = whyLeftOut(row)
      found.push([where, 'listed', why === undefined ? 'not listed' : `not listed: ${why}`])
    } else {
      found.push(...ofDefinition(where, one, left.get(row.name), row, context))
      left.delete(row.name)
    }
  }
  for (const name of left.keys()) found.push([`${KINDS[kind]} ${name}`, 'not listed', 'listed'])
  return found
}

function ofDefinition(where, straight, through, row, context) {
  const members = [...new Set([...Object.keys(straight), ...Object.keys(through)])]
  const isId = (member) => ['name', 'uri', 'uriTemplate'].includes(member) && through[member] === row.name
  return members.flatMap((member) => {
    if (isId(member)) return []
    const pair = [steady(straight[member], context), steady(through[member], context)]
    if (pair[0] === pair[1] || isSaid(member, straight[member], through[member], row.edits)) return []
    return [[`${where}: ${member}`, ...pair]]
  })
}

/** `sidemux tools` says so: of annotations and `_meta` key by key, of the rest by the member. */
function isSaid(member, straight = {}, through = {}, edits) {
  if (edits.some(({ what, part }) => what === 'masked' && part === 'definition')) return true
  if (member !== 'annotations' && member !== '_meta')
    return edits.some(({ part }) => part.split(/[.[ ]/)[0] === member)
  const keys = [...new Set([...Object.keys(straight), ...Object.keys(through)])]
  const part = (key) => (member === '_meta' ? `_meta["${key}"]` : key)
  return keys.every(
    (key) =>
      JSON.stringify(straight[key]) === JSON.stringify(through[key]) ||
      edits.some((edit) => edit.part === part(key)),
  )
}

function ofAnswers(straight, through, context) {
  return Object.entries(straight.answers).flatMap(([call, answer]) => {
    const pair = [steady(plainAnswer(answer), context), steady(plainAnswer(through.answers[call]), context)]
    return pair[0] === pair[1] ? [] : [[call, ...pair]]
  })
}

function plainAnswer({ result, error, thrown } = {}) {
  if (error !== undefined) return { error: { code: error.code, message: error.message, data: error.data } }
  return { result, ...(thrown !== undefined && { thrown }) }
}

/** Canonical JSON without what a hop says for itself, without names of sidemux, secrets, and what changes each time. */
function steady(value, { entry, known, id }) {
  let text = JSON.stringify(ordered(value)) ?? 'nothing'
  text = text.replaceAll(`sidemux://${id}/`, '').replaceAll(`ui://${id}/`, 'ui://')
  text = text.replaceAll(/\[redacted:[^\]]*\]/g, '[secret]')
  for (const secret of secretsOf(entry)) text = text.replaceAll(secret, '[secret]')
  for (const { pattern, instead = '…' } of known.changing)
    text = text.replaceAll(new RegExp(pattern, 'g'), instead)
  return text
}

function secretsOf({ args = [], env = {} }) {
  return [...Object.values(env), ...args].flatMap((text) => text.match(/[^=\s]*made-?up[^\s]*/i)?.[0] ?? [])
}

function ordered(value) {
  if (Array.isArray(value)) return value.map(ordered)
  if (value === null || typeof value !== 'object') return value
  const kept = Object.entries(value).filter(
    ([key]) => !OF_THE_HOP.has(key) && !key.startsWith('io.modelcontextprotocol/'),
  )
  const members = kept.map(([key, member]) => [key, ordered(member)])
  return Object.fromEntries(
    members
      .filter(([key, member]) => !(key === '_meta' && isEmpty(member)))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
}

function isEmpty(value) {
  return value !== null && typeof value === 'object' && Object.keys(value).length === 0
}

/** Only where a rule of the default configuration, or the definition itself, keeps it back. */
function whyLeftOut({ verdict, reason, edits }) {
  const edit = edits.find(({ what, part }) => what === 'left out' && part === 'all of it')
  return edit?.why ?? (verdict === 'hidden' ? reason : undefined)
}

function whyOf({ where, through, era }, { entry, known }) {
  return known.expected.find(
    (one) =>
      (one.server === undefined || one.server === entry.name) &&
      (one.era === undefined || one.era === era) &&
      new RegExp(one.where).test(where) &&
      (one.through === undefined || new RegExp(one.through).test(through)),
  )?.why
}

function lastLine({ down, stderr = '' }) {
  const lines = stderr.split('\n').filter((line) => /\w/.test(line) && !/^\s+at /.test(line))
  return lines.find((line) => /\w*Error: /.test(line))?.trim() ?? lines.at(-1)?.trim() ?? down
}

function ownOf(row) {
  return row.tool ?? row.original
}
