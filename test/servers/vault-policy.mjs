/**
 * Vault's ACL, as far as policies of this project's tests need it: paths that are exact, that end in `*` (anything that
 * begins so), or have a part `+` (any one part); the longest that fits decides. Of parameters only what
 * `allowed_parameters` names is let through, with one of the values given, in which `*` stands for anything.
 */

/** @returns `(method, path, body) => boolean` for a policy's HCL. */
export function vaultPolicy(hcl) {
  const blocks = [...hcl.matchAll(/^path ("(?:[^"\\]|\\.)*") \{\n([^]*?)^\}/gm)].map(([, path, inside]) => ({
    path: JSON.parse(path),
    capabilities: list(/^ {2}capabilities = (\[.*\])$/m.exec(inside)?.[1]) ?? [],
    required: list(/^ {2}required_parameters = (\[.*\])$/m.exec(inside)?.[1]) ?? [],
    allowed: parameters(/^ {2}allowed_parameters = \{\n([^]*?)^ {2}\}/m.exec(inside)?.[1]),
  }))
  const rest = hcl
    .replaceAll(/^path [^]*?^\}$/gm, '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (rest.length > 0) throw new Error(`not a policy: ${rest[0]}`)
  return (method, path, body) => {
    const [block] = blocks
      .filter((block) => fits(block.path, path))
      .toSorted((a, b) => Number(b.path === path) - Number(a.path === path) || b.path.length - a.path.length)
    if (block === undefined) return false
    if (!block.capabilities.includes(method === 'GET' ? 'read' : 'update')) return false
    const given = typeof body === 'object' && body !== null ? body : {}
    if (block.required.some((name) => !Object.hasOwn(given, name))) return false
    if (block.allowed === undefined) return true
    return Object.entries(given).every(([name, value]) => {
      const values = block.allowed[name]
      return values !== undefined && (values.length === 0 || values.some((one) => globs(one, String(value))))
    })
  }
}

function list(text) {
  return text === undefined ? undefined : JSON.parse(text)
}

function parameters(text) {
  if (text === undefined) return undefined
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, values] = /^ *("(?:[^"\\]|\\.)*") = (\[.*\])$/.exec(line)
      return [JSON.parse(name), JSON.parse(values)]
    }),
  )
}

function fits(pattern, path) {
  const prefix = pattern.endsWith('*')
  const parts = (prefix ? pattern.slice(0, -1) : pattern).split('/')
  const given = path.split('/')
  if (!prefix && parts.length !== given.length) return false
  return parts.every((part, at) => {
    if (part === '+') return given[at] !== undefined
    const last = prefix && at === parts.length - 1
    return last ? given.slice(at).join('/').startsWith(part) : part === given[at]
  })
}

function globs(pattern, text) {
  const source = pattern
    .split('*')
    .map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&'))
    .join('.*')
  return new RegExp(`^${source}$`, 's').test(text)
}
