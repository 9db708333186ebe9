/**
 * An address as the URL Standard reads it. `URL.canParse` isn't asked: once it has been called some thousand times, that of
 * Node 20 and 22 takes the letters of a Latin-1 text for bytes of UTF-8, so it calls good addresses bad, and could do the
 * reverse.
 */
export function parsedUrl(text: string, base?: string | URL): URL | undefined {
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}
