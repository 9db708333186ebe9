/**
 * Closes the files that the host has left open to us, before any server is started: a server would have them too, whatever
 * confines it (promise 2). Node marks those that are numbered up to the first gap beyond 15; a host may have more. Files
 * that we open are marked by Node, so what isn't marked is somebody else's. Linux, where the marks can be read.
 *
 * @see man 5 proc, /proc/PID/fdinfo; man 2 open, O_CLOEXEC
 */
import { closeSync, readdirSync, readFileSync } from 'node:fs'

const O_CLOEXEC = 0o2000000
const STDERR = 2

/** To be called once, before anything is opened that isn't opened by Node. Never throws. */
export function closeInheritedFiles(): void {
  for (const fd of openFiles()) {
    if (fd <= STDERR || fd === ownChannel() || !isInherited(fd)) continue
    try {
      closeSync(fd)
    } catch {
      // It was the one by which we looked.
    }
  }
}

function openFiles(): readonly number[] {
  try {
    return readdirSync('/proc/self/fd').map(Number)
  } catch {
    return []
  }
}

/** By which a program that forked this one speaks with it. */
function ownChannel(): number | undefined {
  const { channel } = process
  return channel !== undefined && 'fd' in channel && typeof channel.fd === 'number' ? channel.fd : undefined
}

function isInherited(fd: number): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1]
    return flags !== undefined && (parseInt(flags, 8) & O_CLOEXEC) === 0
  } catch {
    return false
  }
}
