/** The options that every verb which reads servers.yaml takes. */
export interface ConfigChoice {
  readonly path?: string
  readonly environment?: string
  readonly profile?: string
}
