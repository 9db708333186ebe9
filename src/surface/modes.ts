/**
 * Names how much a host can be listed: `all` tools, or two of ours that search them and call them. Apart from options.ts, because
 * the command line is read before anything is loaded.
 */
export const SURFACE_MODES = ['all', 'search'] as const
export type SurfaceMode = (typeof SURFACE_MODES)[number]
