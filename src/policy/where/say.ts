/** A rule's conditions in one line, as they stand in servers.yaml: `where { path: notes/**, mode: [a, b] }`. Pure. */
import type { Where } from './options.ts'

const MAX_LENGTH = 200

export function sayWhere(where: Where): string {
  const text = `where ${written(where)}`
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH).toWellFormed()}…`
}

function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value).map(([name, member]) => `${scalar(name)}: ${written(member)}`)
    return `{ ${members.join(', ')} }`
  }
  return scalar(value)
}

/** In quotes where YAML would read something else. */
function scalar(value: unknown): string {
  if (typeof value !== 'string') return String(value)
  return /^[A-Za-z/._~-][\w/.*?:@~+-]*$/.test(value) &&
    !/:$|^(?:true|false|null|yes|no|on|off|~)$/i.test(value)
    ? value
    : JSON.stringify(value)
}
