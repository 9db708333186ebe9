// What both relays on the SDK have in common: how a server's names are told from another's.

/** Longer than any call of the bench. */
export const LONG_MS = 600_000

/** Of all servers what `ask` lists of one, with the server's number before each name; a URI stays as it is. */
export async function prefixed(kind, clients, ask) {
  const lists = await Promise.all(clients.map(ask))
  return {
    [kind]: lists.flatMap((list, index) =>
      list[kind].map((item) => (item.uri ? item : { ...item, name: `s${index}_${item.name}` })),
    ),
  }
}

/** The number of the server that these params are for, and what it gets; without a name the first. */
export function target(params) {
  if (params.name === undefined) return [0, params]
  const at = params.name.indexOf('_')
  return [Number(params.name.slice(1, at)), { ...params, name: params.name.slice(at + 1) }]
}
