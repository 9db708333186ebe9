/** A tool as its server described it, after normalising (normalize.ts); members that MCP doesn't know are kept. */
export interface Tool {
  readonly name: string
  readonly description?: string
  readonly inputSchema?: Readonly<Record<string, unknown>>
  readonly outputSchema?: Readonly<Record<string, unknown>>
  readonly annotations?: Readonly<Record<string, unknown>>
  readonly [member: string]: unknown
}
