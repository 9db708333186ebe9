export interface Registry {
  readonly url: string
  readonly requests: readonly { readonly path: string; readonly authorization: string | undefined }[]
  readonly fault: { silent?: boolean; status?: number; token?: string; damaged?: boolean }
  /** The integrity of its tarball. */
  readonly publish: (
    name: string,
    version: string,
    manifest?: Readonly<Record<string, unknown>>,
    files?: Readonly<Record<string, string>>,
    tag?: string,
  ) => string
  readonly close: () => Promise<void>
}
export function startRegistry(): Promise<Registry>
export function tarball(manifest: object, files: Readonly<Record<string, string>>): Buffer
