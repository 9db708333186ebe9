/**
 * The hint where to keep a value that should not be in the file. The command works as it is printed; only the name
 * may be changed.
 */
export const KEEP =
  'put the value into a store: run "sidemux secrets set NAME" and write ${local:NAME}, with `secrets: { local: { type: local } }` at the top'
