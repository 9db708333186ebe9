/**
 * Says which running sidemuxes have started a server from a package, so that nobody removes it under a server that loads
 * more of itself later. One that was killed counts no more.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeDirectory } from '../../state/directory.ts'
import { holderShape, thisProcess, type Holder } from '../../state/holder.ts'
import { processFiles, type ProcessFileForm } from '../../state/process-files.ts'
import { createFile } from '../../state/replace.ts'

/** Of another container, which can't be looked at: after so long it counts no more. */
const ELSEWHERE_MS = 30 * 24 * 3600 * 1000
const FORM: ProcessFileForm<undefined> = {
  ending: '.json',
  maxBytes: 4096,
  most: 1024,
  read(text) {
    const holder: Holder | undefined = holderShape.safeParse(JSON.parse(text)).data
    return holder === undefined ? undefined : { holder, content: undefined }
  },
}

/** This process starts servers from it from now on. @param home the directory of the package */
export function useBy(home: string): void {
  const users = join(home, 'users')
  makeDirectory(users)
  const { pid, began } = thisProcess()
  createFile(join(users, `${pid}-${began === '' ? '0' : began}.json`), JSON.stringify(thisProcess()), false)
}

export function isUsed(home: string): boolean {
  let isInUse = false
  for (const { path, standing, silentMs } of processFiles(join(home, 'users'), FORM)) {
    if (standing === 'gone' || (standing === 'elsewhere' && silentMs > ELSEWHERE_MS))
      rmSync(path, { force: true })
    else isInUse = true
  }
  return isInUse
}
