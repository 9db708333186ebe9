/**
 * What tools, prompts and resources are called: the suite calls them by their own names, sidemux puts the server's
 * before them. `inwards` is for what goes to the server, `outwards` for what comes from it.
 */
export const SAME = { inwards: (message) => message, outwards: (message) => message }

export function prefixed(server) {
  const name = affix(`${server}_`)
  const uri = affix(`sidemux://${server}/`)

  const inwards = (message) => {
    const { method, params } = message
    const as = (changed) => ({ ...message, params: { ...params, ...changed } })
    switch (method) {
      case 'tools/call':
      case 'prompts/get':
        return as({ name: name.put(params.name) })
      case 'resources/read':
      case 'resources/subscribe':
      case 'resources/unsubscribe':
        return as({ uri: uri.put(params.uri) })
      case 'completion/complete': {
        const { ref } = params
        if (ref?.type === 'ref/prompt') return as({ ref: { ...ref, name: name.put(ref.name) } })
        if (ref?.type === 'ref/resource') return as({ ref: { ...ref, uri: uri.put(ref.uri) } })
        return message
      }
      case 'subscriptions/listen': {
        const { resourceSubscriptions, ...others } = params?.notifications ?? {}
        if (resourceSubscriptions === undefined) return message
        return as({
          notifications: { ...others, resourceSubscriptions: resourceSubscriptions.map(uri.put) },
        })
      }
      default:
        return message
    }
  }

  const outwards = (message) => {
    const { result, params, error } = message
    if (params?.uri !== undefined) return { ...message, params: { ...params, uri: uri.take(params.uri) } }
    if (error?.data?.uri !== undefined)
      return { ...message, error: { ...error, data: { ...error.data, uri: uri.take(error.data.uri) } } }
    return result === undefined ? message : { ...message, result: ownNames(result) }
  }
  const ownNames = (result) => {
    const own = { ...result }
    for (const list of ['tools', 'prompts'])
      if (own[list] !== undefined)
        own[list] = own[list].map((named) => ({ ...named, name: name.take(named.name) }))
    return ownUris(own)
  }
  /** Wherever MCP names a resource; no scenario has a member of that name with another meaning. */
  const ownUris = (value) => {
    if (Array.isArray(value)) return value.map(ownUris)
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        key,
        (key === 'uri' || key === 'uriTemplate') && typeof member === 'string'
          ? uri.take(member)
          : ownUris(member),
      ]),
    )
  }
  return { inwards, outwards }
}

function affix(prefix) {
  return {
    put: (text) => `${prefix}${text}`,
    take: (text) => (text.startsWith(prefix) ? text.slice(prefix.length) : text),
  }
}
