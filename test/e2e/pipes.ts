/** How a host on an SDK is joined to a sidemux behind pipes, be it a process or one within this process. */
import type { ChildProcess } from 'node:child_process'
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio'

/** It closes when that has ended. */
export function overPipes(program: ChildProcess): StdioServerTransport {
  if (program.stdin === null || program.stdout === null) throw new Error('there are no pipes')
  // The SDKs' server side reads and writes the same lines, and takes pipes as they are.
  const transport = new StdioServerTransport(program.stdout, program.stdin)
  const close = transport.close.bind(transport)
  transport.close = async () => {
    program.stdin?.end()
    await close()
    await ended(program)
  }
  return transport
}

export async function ended(program: ChildProcess): Promise<void> {
  if (program.exitCode === null) await new Promise((resolve) => program.once('exit', resolve))
}
