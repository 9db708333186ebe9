export interface Authority {
  /** For NODE_EXTRA_CA_CERTS. */
  readonly caFile: string
  sign(names: string, options?: { readonly expired?: boolean }): { key: string; cert: string }
}

export const NO_OPENSSL: string
export function makeAuthority(dir: string): Authority | undefined
