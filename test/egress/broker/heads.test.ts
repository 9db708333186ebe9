import { describe, expect, it } from 'vitest'
import { endToEnd, sentOn, misdirected } from '../../../src/egress/broker/message/heads.ts'

describe('the head of a request', () => {
  const to = { host: 'api.example.com', port: 443 }

  it.each([
    ['/', ['Host', 'api.example.com'], undefined],
    ['/', ['Host', 'API.example.com.:443'], undefined],
    ['https://api.example.com/x', ['Host', 'api.example.com'], undefined],
    ['/', [], 'no host'],
    ['/', ['Host', 'api.example.com', 'host', 'evil.test'], 'more than one'],
    ['/', ['Host', 'api.example.com, evil.test'], 'another'],
    ['/', ['Host', 'api.example.com@evil.test'], 'another'],
    ['/', ['Host', 'api.example.com:8443'], 'another'],
    ['/', ['Host', ''], 'another'],
    ['http://evil.test/', ['Host', 'api.example.com'], 'another host'],
    ['https://api.example.com@evil.test/', ['Host', 'api.example.com'], 'another host'],
    ['ftp://api.example.com/', ['Host', 'api.example.com'], 'another host'],
    ['evil.test:443', ['Host', 'api.example.com'], 'another host'],
    ['x', ['Host', 'api.example.com'], 'none'],
  ])('%s with %j', (target, headers, want) => {
    const said = misdirected(target, headers, to)
    if (want === undefined) expect(said).toBeUndefined()
    else expect(said).toContain(want)
  })

  it('loses what is of its connection, and never who it is for or how long it is', () => {
    const sent = [
      'Host',
      'a',
      'Connection',
      'close, X-Hop, Host, Content-Length',
      'X-Hop',
      '1',
      'Content-Length',
      '3',
      'TE',
      'gzip',
    ]
    expect(endToEnd(sent)).toEqual(['Host', 'a', 'Content-Length', '3'])
    expect(sentOn(['Accept-Encoding', 'zstd, gzip;q=0.5', 'Range', 'bytes=0-1', 'A', 'b'])).toEqual([
      'Accept-Encoding',
      'gzip;q=0.5',
      'A',
      'b',
    ])
  })
})
