import { it } from 'vitest'
import { Connection } from '../../../src/upstream/client.ts'
import { RemoteLink } from '../../../src/upstream/remote/link.ts'
import { remote, remoteSpec } from './support.ts'
it('debug', async () => {
  const server = await remote('sdk2')
  const target = await remoteSpec('far', server.url).launch(new AbortController().signal)
  if (!('url' in target)) throw new Error('x')
  const link = new RemoteLink(target, {
    onBad: (w) => console.log('bad', w),
    onQuestion: async () => ({}),
    onConnected: (t) => console.log('connected', t),
    onLost: (w) => console.log('lost', w),
  })
  try {
    const c = await Connection.open(link, {
      era: undefined,
      signal: new AbortController().signal,
      probeTimeoutMs: 3000,
      timeoutMs: 3000,
      capabilities: {},
      news: {} as never,
    })
    console.log(c.protocolVersion, await c.offers(new AbortController().signal, 3000))
  } catch (error) {
    console.log(error, link.fault, (server as any).state.error)
  }
  console.log(server.requests)
})
