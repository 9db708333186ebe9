/** The options of `sidemux approvals`. */
export interface ApprovalsVerbOptions {
  /** `--config`, whose grants are shown too. */
  readonly path?: string
  readonly json: boolean
  readonly watch: boolean
}
