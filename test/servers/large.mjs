/** Results as large as is asked for, written as they are; see exact-large.process.test.ts. */
import { serve } from './raw.mjs'

const secret = process.env.SECRET ?? ''
const ROW = '{"id":9007199254740993,"__proto__":{"n":-0},"text":"ä\\n😀","own":1e400}'
const many = (piece, bytes) => Array.from({ length: Math.ceil(bytes / piece.length) }, () => piece).join(',')
const block = (text) => `{"type":"text","text":${JSON.stringify(text)}}`

const kinds = {
  text: (bytes) => `{"content":[${block('x'.repeat(bytes))}]}`,
  rows: (bytes) => `{"content":[],"structuredContent":{"rows":[${many(ROW, bytes)}]},"extra":{"kept":true}}`,
  dense: (bytes) =>
    `{"content":[],"structuredContent":{"rows":[${many('{"id":1,"ok":true,"at":null,"tags":["x"]}', bytes)}]}}`,
  secrets: (bytes) => {
    const encoded = [
      secret,
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('hex'),
      encodeURIComponent(secret),
      JSON.stringify(secret),
    ]
    const text = block(`${encoded.join(' ')} ${'y'.repeat(10_000)}`)
    const data = Buffer.from(`PNG ${secret} ${'z'.repeat(1000)}`).toString('base64')
    const image = JSON.stringify({ type: 'image', mimeType: 'image/png', data })
    return `{"content":[${many(text, bytes)},${image}],"structuredContent":{"all":[${many(JSON.stringify(encoded), bytes / 4)}]}}`
  },
  links: (bytes) => `{"content":[${many('{"type":"resource_link","uri":"memo:1","name":"m"}', bytes)}]}`,
  broken: (bytes) => `{"content":[${block('x'.repeat(bytes))}}`,
  odd: (bytes) => `{"resultType":"task","content":[${block('x'.repeat(bytes))}]}`,
}

serve({
  tools: [{ name: 'get_large', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }],
  call({ id, params }) {
    const { kind, bytes } = params.arguments
    process.stdout.write(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${kinds[kind](bytes)}}\n`)
  },
})
