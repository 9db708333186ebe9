// Sends one request when its starter has had time to end, and writes the status and the body into a file.
// argv: JSON of { port, method, path, headers, body, into, afterMs }
import { renameSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'

const { port, method, path, headers, body, into, afterMs } = JSON.parse(process.argv[2])
const tell = (result) => {
  writeFileSync(`${into}.part`, JSON.stringify(result))
  renameSync(`${into}.part`, into)
}
setTimeout(() => {
  const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
    let text = ''
    response.on('data', (chunk) => (text += chunk))
    response.on('end', () => tell({ status: response.statusCode, body: text }))
  })
  sent.on('error', () => tell({ status: 0, body: '' }))
  sent.end(body)
}, afterMs)
