/** Tells what a text alone in `where:` is. Apart from the schema, which is loaded only where servers.yaml is read. */
export function whereKind(pattern: string): 'url' | 'path' | 'text' {
  if (pattern.includes('://')) return 'url'
  return /[*?{}/\\]|^~/.test(pattern) ? 'path' : 'text'
}
