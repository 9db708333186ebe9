/** The options that every verb which reads servers.yaml takes. */
import type { SurfaceMode } from '../../surface/modes.ts'

export interface ConfigVerbOptions {
  readonly path?: string
  readonly environment?: string
  readonly profile?: string
  /** Of `serve`. */
  readonly surface?: SurfaceMode
  /** servers.lock decides, and is never written. */
  readonly frozen?: boolean
}
