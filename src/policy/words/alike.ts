/**
 * Names of arguments that one server takes for the same: Go's JSON reads `Path` as `path`, the last of them counting, and
 * others know `file_path` as `filePath`. So a rule on the one says nothing while the other is there too. Pure.
 */

/** A name among these that could be taken for the given one, which itself is none. */
export function alikeOf(names: readonly string[], name: string): string | undefined {
  return alikesOf(names)(name)
}

/** The same for many names. */
export function alikesOf(names: readonly string[]): (name: string) => string | undefined {
  const byLoose = new Map<string, string[]>()
  for (const one of names) {
    const loose = loosened(one)
    const alike = byLoose.get(loose)
    if (alike === undefined) byLoose.set(loose, [one])
    else alike.push(one)
  }
  return (name) => byLoose.get(loosened(name))?.find((one) => one !== name)
}

function loosened(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/[\p{Default_Ignorable_Code_Point}\p{Cc}\s_-]/gu, '')
    .toLowerCase()
}
