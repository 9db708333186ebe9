/** Says of the name of a member what MCP uses that name for. Pure. */

/** It says what the others are. What is split over them too is found only where all are read. */
export const OF_PROTOCOL = 1
/** Nearly every message has it as a key; a server chooses the others. */
export const KEY_OF_PROTOCOL = 2
/** It holds bytes as base64. */
export const OF_BYTES = 4

const USES: ReadonlyMap<string, number> = new Map([
  ...entriesOf(
    'type role mimeType uri level logger progressToken format mode action method jsonrpc id requestId priority audience lastModified stopReason model',
    OF_PROTOCOL | KEY_OF_PROTOCOL,
  ),
  ...entriesOf(
    'content text resource annotations structuredContent isError _meta messages message contents progress total',
    KEY_OF_PROTOCOL,
  ),
  ...entriesOf('blob data', KEY_OF_PROTOCOL | OF_BYTES),
])

function entriesOf(names: string, uses: number): readonly [string, number][] {
  return names.split(' ').map((name) => [name, uses])
}

/** Some of the above, together; 0 for any other name. */
export function usesOf(name: string): number {
  return USES.get(name) ?? 0
}
