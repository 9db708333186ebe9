// A light child whose one tool gives back its secret and the number of its run (a pid says nothing outside of its
// sandbox); what a rotation replaces.
import { randomInt } from 'node:crypto'
import { serveOne } from './light.mjs'

const { TOKEN } = process.env
const run = randomInt(1, 1e9)
serveOne('token', 'get_token', () => `${run} ${TOKEN} ${Buffer.from(TOKEN ?? '').toString('hex')}`)
