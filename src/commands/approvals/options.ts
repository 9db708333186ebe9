/** What the command line says to `sidemux approvals`. */
export interface ApprovalsOptions {
  /** `--config`, whose grants are shown too. */
  readonly path?: string
  readonly json: boolean
  readonly watch: boolean
}
