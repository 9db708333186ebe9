/** Reads the transport of a server from the words that other hosts use for it. */
import { showKey, type Finding, type Path } from '../problem.ts'
import type { Move } from './moves.ts'
import { mistake } from './said.ts'

const TRANSPORTS = ['transport', 'transportType', 'transport_type']

/** Types as other hosts write them; undefined where command or url say as much. */
const TYPES: ReadonlyMap<string, string | undefined> = new Map([
  ['streamable_http', 'http'],
  ['streamable-http', 'streamable-http'],
  ['streamablehttp', 'http'],
  ['streamable http', 'http'],
  ['http-stream', 'http'],
  ['http', 'http'],
  ['sse', 'sse'],
  ['stdio', 'stdio'],
  ['local', 'local'],
  ['remote', undefined],
])

export function readType(server: Record<string, unknown>, path: Path, move: Move, findings: Finding[]): void {
  for (const key of TRANSPORTS) {
    const value = server[key]
    if (typeof value !== 'string') continue
    delete server[key]
    const { type } = server
    if (type === undefined) {
      server['type'] = value
      move('type', [key])
    } else if (typeof type === 'string' && typeOf(type) !== typeOf(value)) {
      const message = `${showKey(key)} says another transport than "type"`
      findings.push(mistake([...path, key], message, 'keep one of them'))
    }
  }
  const { type } = server
  if (typeof type !== 'string' || !TYPES.has(type.toLowerCase())) return
  const ours = typeOf(type)
  if (ours === undefined) delete server['type']
  else if (type !== ours && type !== 'streamableHttp') server['type'] = ours
}

function typeOf(type: string): string | undefined {
  const lower = type.toLowerCase()
  const ours = TYPES.has(lower) ? TYPES.get(lower) : type
  return ours === 'streamable-http' ? 'http' : ours
}
