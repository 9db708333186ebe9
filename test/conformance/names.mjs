/**
 * What tools and prompts are called: the suite calls them by their own names, sidemux puts the server's before them.
 * `inwards` is for what goes to the server, `outwards` for what comes from it.
 */
export const SAME = { inwards: (message) => message, outwards: (message) => message }

export function prefixed(server) {
  const prefix = `${server}_`
  const put = (named) => ({ ...named, name: `${prefix}${named.name}` })
  const take = (named) =>
    named.name.startsWith(prefix) ? { ...named, name: named.name.slice(prefix.length) } : named

  const inwards = (message) => {
    const { method, params } = message
    if (method === 'tools/call' || method === 'prompts/get') return { ...message, params: put(params) }
    if (method === 'completion/complete' && params?.ref?.type === 'ref/prompt')
      return { ...message, params: { ...params, ref: put(params.ref) } }
    return message
  }
  const outwards = (message) => {
    for (const list of ['tools', 'prompts']) {
      const named = message.result?.[list]
      if (named !== undefined) return { ...message, result: { ...message.result, [list]: named.map(take) } }
    }
    return message
  }
  return { inwards, outwards }
}
