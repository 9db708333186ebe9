/**
 * The door that the host knocks at: MCP on stdio in both eras. `initialize` and `server/discover` need little and are
 * answered at once, also while the rooms behind are still being opened. The first list waits as long as the sidecar lets
 * it. There is no SDK here, since sidemux is no end of the connection: what is relayed keeps members that MCP doesn't know.
 */
import { HostEndpoint } from './endpoint.ts'
import type { HostLink } from './host-link.ts'
import type { HostFront, HostRooms } from './rooms.ts'

export interface HostConnection {
  /** Resolves when the host has gone. */
  readonly closed: Promise<void>
  close(): Promise<void>
}

/** A door to the host that is open before the rooms are there. */
export interface OpenDoor {
  readonly link: HostLink
  /** Lets what has waited in. @param onError is also told what went wrong before. */
  open(rooms: HostRooms, onError: (error: Error) => void): HostConnection
}

/** @param rooms may come later; if they never do, the connection ends. */
export function serveHost(
  link: HostLink,
  front: HostFront,
  rooms: HostRooms | Promise<HostRooms>,
): HostConnection {
  const endpoint = new HostEndpoint(link, front)
  if (rooms instanceof Promise)
    rooms.then(
      (opened) => endpoint.open(opened),
      (error: unknown) => endpoint.abandon(error),
    )
  else endpoint.open(rooms)
  return { closed: endpoint.closed, close: async () => endpoint.close() }
}
