// A light child whose one tool gives back each of its variables with the SHA-256 of the value.
import { createHash } from 'node:crypto'
import { serveOne } from './light.mjs'

const hashes = Object.entries(process.env).map(([name, value]) => [
  name,
  createHash('sha256').update(value).digest('hex'),
])
serveOne('env-hashes', 'get_hashes', () => JSON.stringify(Object.fromEntries(hashes)))
