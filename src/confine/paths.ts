/** Compares POSIX paths as text: what lies in what. Pure. */

export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`)
}

/** Directories above it, the nearest first, without the root. */
export function above(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.flatMap((_, at) => {
    const directory = parts.slice(0, parts.length - at).join('/')
    return directory === '' ? [] : [directory]
  })
}

export function depth(path: string): number {
  return path === '/' ? 0 : path.split('/').length - 1
}
