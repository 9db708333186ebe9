/** A machine on which bubblewrap can't be used: one that fails comes first in PATH, as where namespaces are forbidden. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** @param folder that is removed by whoever made it */
export function withoutBubblewrap(folder: string): { PATH: string } {
  const bin = join(folder, 'no-bubblewrap')
  mkdirSync(bin, { recursive: true })
  const program = join(bin, 'bwrap')
  writeFileSync(program, '#!/bin/sh\necho "bwrap: No permissions to create a new namespace" >&2\nexit 1\n')
  chmodSync(program, 0o755)
  return { PATH: [bin, process.env['PATH']].join(delimiter) }
}
