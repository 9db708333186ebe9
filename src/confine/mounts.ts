/** Names the things that stand in a sandbox, as profile.ts decides them and bubblewrap.ts writes them. */
import type { NetworkRules } from './network.ts'

export type Mount =
  /** `from` is where it stands outside, if that is another path. */
  | { readonly kind: 'read' | 'write'; readonly path: string; readonly from?: string }
  /** Nothing stands there; `keep` lets it be written to while the server runs. */
  | {
      readonly kind: 'empty'
      readonly path: string
      readonly holds: 'file' | 'directory'
      readonly keep: boolean
    }
  | { readonly kind: 'link'; readonly path: string; readonly to: string }
  /** Something of the disk under another path. */
  | { readonly kind: 'home'; readonly path: string; readonly from: string }
  | { readonly kind: 'devices' | 'processes'; readonly path: string }

/** Makes the server's own network, and then starts the server: what is put before its command. */
export interface Enter {
  readonly program: string
  readonly args: readonly string[]
}

export interface SandboxProfile {
  /** In the order in which they have to be made: what is above comes first. */
  readonly mounts: readonly Mount[]
  readonly cwd: string
  readonly network: NetworkRules
  /** It has a network of its own with a way out. Without it, and where not all may be reached, it has none. */
  readonly enter?: Enter
}
