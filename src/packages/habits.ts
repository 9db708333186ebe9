/**
 * Servers that keep their data beside their own program, where nothing is written any more: by which variable each is told
 * another place. Only what is known of a published server stands here, with where it is known from.
 */
const DATA: Readonly<Record<string, { readonly variable: string; readonly file: string }>> = {
  // Its README, "MEMORY_FILE_PATH"; without it dist/memory.jsonl of its own package.
  '@modelcontextprotocol/server-memory': { variable: 'MEMORY_FILE_PATH', file: 'memory.jsonl' },
}

/** The variable, and the file's name in the server's home; undefined where nothing is known, or it is given already. */
export function dataPlace(
  name: string,
  env: Readonly<Record<string, string>>,
): { readonly variable: string; readonly file: string } | undefined {
  const found = Object.hasOwn(DATA, name) ? DATA[name] : undefined
  return found === undefined || env[found.variable] !== undefined ? undefined : found
}
