export function startEcho(): Promise<{ port: number; close(): Promise<unknown> }>
