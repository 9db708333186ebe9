// A light child whose one tool gives back its secret and its pid; what a rotation replaces.
import { serveOne } from './light.mjs'

const { TOKEN } = process.env
serveOne('token', 'get_token', () => `${process.pid} ${TOKEN} ${Buffer.from(TOKEN ?? '').toString('hex')}`)
