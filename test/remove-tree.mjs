/**
 * Takes a directory away in which something that ends may still write. What Node tries again by itself (`maxRetries`) is only
 * to take the emptied directory away, so that a file which came meanwhile stays, and is waited for in vain.
 */
import { rm } from 'node:fs/promises'

const LIMIT_MS = 50_000

/** @param {string} path */
export async function removeTree(path) {
  const began = performance.now()
  for (;;) {
    try {
      return await rm(path, { recursive: true, force: true })
    } catch (error) {
      if (error.code !== 'ENOTEMPTY' || performance.now() - began > LIMIT_MS) throw error
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 50)
    })
  }
}
