/** An HTTP server on loopback that answers as Doppler's secrets download does, ETag included, and that fails on request. */
import { createHash } from 'node:crypto'
import { startFaulty } from './faults.mjs'

const refused = (status, message) => () => ({ status, body: { messages: [message], success: false } })

export async function startDoppler({ token = 'dp.st.dev.0123456789', secrets = {}, skewMs = 0 } = {}) {
  const values = { ...secrets }
  const answer = ({ path, headers }) => {
    if (path !== '/v3/configs/config/secrets/download') return { status: 404, body: { success: false } }
    if (headers.authorization !== `Bearer ${token}`) return refused(401, 'Invalid Service token')()
    const body = JSON.stringify(values)
    const etag = `W/"${createHash('sha256').update(body).digest('hex')}"`
    if (headers['if-none-match'] === etag) return { status: 304, headers: { etag } }
    return { status: 200, body, headers: { etag } }
  }
  const faults = {
    empty: () => ({ status: 200, body: {} }),
    expired: refused(401, 'Invalid Service token'),
    denied: refused(403, 'This token does not have access to requested project'),
    missing: refused(404, 'Could not find requested config'),
  }
  const server = await startFaulty({ kindOf: () => 'read', answer, faults, on: 'read', skewMs })
  return { ...server, token, values, set: (name, value) => void (values[name] = value) }
}
