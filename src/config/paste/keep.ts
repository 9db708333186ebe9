/** Where a value goes that a person has and a file should not: the words work as they are typed, with a name of one's own. */
export const KEEP =
  'put the value into a store: run "sidemux secrets set NAME" and write ${local:NAME}, with `secrets: { local: { type: local } }` at the top'
