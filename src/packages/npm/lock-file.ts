/** Reads what npm has installed from the lock file that it wrote (docs of npm, "package-lock.json", version 3). Pure. */
import { z } from 'zod'
import { named } from '../../json/named.ts'
import type { PackagePart } from '../installed.ts'

const MAX_VERSION = 128
const part = z.looseObject({
  version: z.string().max(MAX_VERSION).optional(),
  integrity: z.string().max(1024).optional(),
  hasInstallScript: z.boolean().optional(),
})
const lock = z.looseObject({ packages: named(part) })

/** In the order of their paths; undefined for what is no such file. */
export function partsInLock(text: string): readonly PackagePart[] | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const found = lock.safeParse(value).data
  if (found === undefined) return undefined
  return [...found.packages]
    .flatMap(([path, { version, integrity, hasInstallScript }]) =>
      path === '' || version === undefined
        ? []
        : [{ path, version, integrity: integrity ?? '', hasScript: hasInstallScript === true }],
    )
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
}
