/**
 * The tables of docs/, made of what the code itself reads: `npm run docs` writes them, a test compares them. A table
 * stands in a page between `<!-- table NAME -->` and `<!-- end -->`. Pure.
 */

const DURATION = String.raw`^\d{1,9}(ms|s|m|h)$`
const MARKED = /<!-- table (\S+) -->\n[^]*?<!-- end -->/g

/**
 * @param {string} page Markdown with marks
 * @param {Record<string, string>} tables by name
 * @returns {string} the page with each table between its marks
 */
export function withTables(page, tables) {
  return page.replace(MARKED, (_, name) => {
    if (tables[name] === undefined) throw new Error(`there is no table "${name}"`)
    return `<!-- table ${name} -->\n${tables[name]}<!-- end -->`
  })
}

/**
 * @param {object} schema what servers.schema.json holds
 * @returns {Record<string, string>} Markdown by name: one table for each part of servers.yaml
 */
export function schemaTables(schema) {
  const { secrets, servers, defaults, approvals, audit, profiles } = schema.properties
  const rule = schema.definitions.toolRule.anyOf.find(({ type }) => type === 'object')
  const conditions = rule.properties.where.additionalProperties.anyOf.find(({ type }) => type === 'object')
  const { rest, ...parts } = serverParts(servers.additionalProperties)
  return {
    top: tableOf(schema, { depth: 0 }),
    server: tableOf(rest),
    ...Object.fromEntries(
      Object.entries(parts).map(([key, part]) => [key, tableOf({ properties: { [key]: part } })]),
    ),
    defaults: tableOf(defaults),
    approvals: tableOf(approvals),
    audit: tableOf(audit),
    profile: tableOf(profiles.additionalProperties),
    conditions: tableOf(conditions),
    stores: secrets.additionalProperties.oneOf.map(storeTable).join('\n'),
  }
}

/** What has a table of its own, and the rest without keys of other hosts. */
function serverParts({ properties, required }) {
  const own = ['tools', 'prompts', 'resources']
  const kept = Object.entries(properties).filter(([key, { deprecated }]) => !deprecated && !own.includes(key))
  const parts = Object.fromEntries(own.map((key) => [key, properties[key]]))
  return { rest: { properties: Object.fromEntries(kept), required }, ...parts }
}

function storeTable(store) {
  const { type, ...properties } = store.properties
  const head = `### ${type.const}\n\n${type.description}\n\n`
  return Object.keys(properties).length === 0 ? head : head + tableOf({ ...store, properties })
}

function tableOf(part, { depth = 9 } = {}) {
  const lines = rowsOf(part, '', depth).map((cells) => `| ${cells.map(escape).join(' | ')} |`)
  return `| key | value | default | |\n|---|---|---|---|\n${lines.join('\n')}\n`
}

/** A star outside of code would begin an emphasis. */
const escape = (cell) =>
  cell
    .split(/(`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll('*', String.raw`\*`)))
    .join('')
    .replaceAll('|', String.raw`\|`)

/** One row a key; of a mapping with keys of its own also theirs, with a dot between. */
function rowsOf({ properties = {}, required = [] }, above, depth) {
  return Object.entries(properties).flatMap(([key, value]) => {
    const name = above + key
    const isNeeded = required.includes(key)
    const row = [`\`${name}\``, valueOf(value), isNeeded ? 'needed' : defaultOf(value), saidOf(value)]
    return depth === 0 ? [row] : [row, ...innerRows(value, name, depth - 1)]
  })
}

function innerRows(value, name, depth) {
  const of = value.oneOf ?? value.anyOf
  if (of === undefined) {
    const { additionalProperties: each } = value
    const mapping = each?.properties === undefined ? each?.anyOf?.find(({ properties }) => properties) : each
    if (mapping !== undefined) return rowsOf(mapping, `${name}.NAME.`, depth)
    return rowsOf(value, `${name}.`, depth)
  }
  const mappings = of.filter(({ properties }) => properties !== undefined)
  if (mappings.every(({ properties }) => properties.method === undefined))
    return mappings.flatMap((mapping) => rowsOf(mapping, `${name}.`, depth))
  // Ways to log in: `method` chooses one, and each has settings of its own.
  return mappings.flatMap(({ properties: { method, ...properties }, required = [] }) => [
    [`\`${name}.method\``, valueOf(method), '', method.description],
    ...rowsOf({ properties, required }, `… \`${name}.`, depth).map(([key, ...row]) => [
      key.replace('`… `', '… `'),
      ...row,
    ]),
  ])
}

const code = (value) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``

function valueOf(value) {
  if (value.$ref !== undefined) return 'pattern, or `{ tool, where }`'
  if (value.const !== undefined) return code(value.const)
  if (value.enum !== undefined) return value.enum.map(code).join(', ')
  const of = value.oneOf ?? value.anyOf
  if (of !== undefined) return [...new Set(of.map(valueOf))].join(' or ')
  if (value.pattern === DURATION) return 'duration'
  if (value.pattern?.includes('/(second|')) return 'rate'
  if (value.minLength === 1 && value.maxLength === 256) return 'pattern'
  if (Array.isArray(value.type)) return 'text'
  switch (value.type) {
    case 'string':
      return 'text'
    case 'boolean':
      return '`true`, `false`'
    case 'array':
      return `list of ${plural(valueOf(value.items))}`
    case 'object':
      return 'mapping'
    case undefined:
      return 'any'
    default:
      return value.type
  }
}

const plural = (kind) => kind.replace(/^(text|pattern|rate|duration)\b/, '$1s')

/** A default that the schema has, or the one that its description tells. */
function defaultOf(value) {
  if (value.default !== undefined && JSON.stringify(value.default) !== '{}') return code(value.default)
  const told = /\bDefault:? (\d+(?:ms|s|m|h)|true|false|off|allow)\b/.exec(value.description ?? '')?.[1]
  return told === undefined ? '' : code(told)
}

function saidOf({ description = '', additionalProperties }) {
  return (description === '' ? (additionalProperties?.description ?? '') : description).replaceAll('\n', ' ')
}

/**
 * @param {Readonly<Record<string, {path: string, holds: string, writer: string, goes: string}>>} files `STATE_FILES`
 * @returns {Record<string, string>} the table `state`
 */
export function stateTables(files) {
  const rows = Object.values(files).map(({ path, holds, writer, goes }) => [
    `\`${path}\``,
    holds,
    writer,
    goes,
  ])
  const lines = rows.map((cells) => `| ${cells.map(escape).join(' | ')} |\n`)
  return { state: `| file | holds | written by | goes |\n|---|---|---|---|\n${lines.join('')}` }
}
