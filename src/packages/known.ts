/**
 * Tells which version of its package a server runs, for who compares or shows launches. The book is read where one of them
 * asks for a package, and loaded only then.
 */
import type { PackageBook } from './package-book.ts'

/** What a human agrees to of a server's package; undefined where none is installed for that wish. @throws BookError */
export type KnownPackages = (server: string, wanted: string) => Promise<string | undefined>

/** @param configFile the path of servers.yaml */
export function knownPackages(stateDir: string, configFile: string): KnownPackages {
  let book: PackageBook | undefined
  return async (server, wanted) => {
    book ??= new (await import('./package-book.ts')).PackageBook(stateDir, configFile)
    const installed = book.of(server)
    if (installed?.wanted !== wanted) return undefined
    return (await import('./installed.ts')).packageWords(installed)
  }
}
