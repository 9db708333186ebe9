// Whole lines out of chunks of bytes, at the least price: no line is looked for twice and no text is made of half a line.
// The child and the raw relay read with it, so that neither is what is measured.

/** @param onLine called with the bytes of each line, without its end */
export function readLines(stream, onLine) {
  let parts = []
  stream.on('data', (chunk) => {
    let from = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const last = chunk.subarray(from, end)
      onLine(parts.length === 0 ? last : Buffer.concat([...parts, last]))
      parts = []
      from = end + 1
    }
    if (from < chunk.length) parts.push(chunk.subarray(from))
  })
}
