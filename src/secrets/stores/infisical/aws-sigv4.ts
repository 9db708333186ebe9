/**
 * AWS's request signature, version 4, for the one request that proves who somebody is: whoever holds it may ask
 * AWS for the caller's name in the next minutes, and nothing else.
 */
import { createHash, createHmac } from 'node:crypto'

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

export interface AwsRequest {
  readonly method: 'GET' | 'POST'
  readonly host: string
  /** Already encoded and in order. */
  readonly query: string
  readonly body: string
  readonly service: string
  readonly region: string
}

const CONTENT_TYPE = 'application/x-www-form-urlencoded; charset=utf-8'

/** The headers that go with the request, signature included. */
export function signAws(request: AwsRequest, credentials: AwsCredentials, now: Date): Record<string, string> {
  const { method, host, query, body, service, region } = request
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, '')
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`
  const { sessionToken } = credentials
  const headers: Record<string, string> = {
    'Content-Type': CONTENT_TYPE,
    Host: host,
    'X-Amz-Date': time,
    ...(sessionToken === undefined ? {} : { 'X-Amz-Security-Token': sessionToken }),
  }
  const names = Object.keys(headers).map((name) => name.toLowerCase())
  const lines = Object.entries(headers).map(([name, value]) => `${name.toLowerCase()}:${value}\n`)
  const canonical = [method, '/', query, lines.join(''), names.join(';'), sha256(body)].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')
  const key = scope
    .split('/')
    .reduce<string | Buffer>((key, part) => hmac(key, part).digest(), `AWS4${credentials.secretAccessKey}`)
  const signature = hmac(key, toSign).digest('hex')
  return {
    ...headers,
    Authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: string | Buffer, text: string): ReturnType<typeof createHmac> {
  return createHmac('sha256', key).update(text)
}
