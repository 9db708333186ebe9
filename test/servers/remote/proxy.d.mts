import type { Socket } from 'node:net'

export interface ProxySwitches {
  /** Of its answer to CONNECT. */
  status: number
  /** Takes what it is asked, and never answers. */
  hang: boolean
  dropAtOnce: boolean
}

export interface ConnectProxy {
  readonly url: string
  readonly switches: ProxySwitches
  /** `host:port` of each tunnel that it was asked for. */
  readonly asked: readonly string[]
  readonly heads: readonly string[]
  /** What clients sent through the tunnels. */
  readonly inside: readonly Buffer[]
  readonly open: ReadonlySet<Socket>
  /** Ends every connection that is there now. */
  cut(): void
  close(): Promise<void>
}

export function startProxy(to: () => number, options?: Partial<ProxySwitches>): Promise<ConnectProxy>
