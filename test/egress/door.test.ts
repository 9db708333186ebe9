/**
 * The door of a server judges each connection by where it leads (promise 2), whatever is said at it. Spoken to as a hostile
 * server can: over its own socket.
 */
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hostRule } from '../../src/confine/network.ts'
import { openDoor, type Door, type DoorDeps } from '../../src/egress/door.ts'
import { Lookups, type ResolveName } from '../../src/egress/lookup.ts'
import { refusedText } from '../../src/egress/refused-places.ts'

const folder = mkdtempSync(join(tmpdir(), 'sidemux-door-'))
const open: Door[] = []
let number = 0
const echo = createServer((socket) => void socket.on('error', () => undefined).pipe(socket))
let port = 0

beforeAll(async () => {
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
  port = (echo.address() as AddressInfo).port
})
afterAll(() => {
  for (const door of open) door.close()
  echo.close()
  rmSync(folder, { recursive: true })
})

interface Made {
  readonly told: string[]
  readonly dial: () => Promise<Socket>
  /** What is answered to these bytes, until it ends. */
  readonly say: (text: string) => Promise<string>
}

async function door(
  hosts: readonly string[],
  resolve: ResolveName,
  more: Partial<DoorDeps> = {},
): Promise<Made> {
  const path = join(folder, String((number += 1)))
  const told: string[] = []
  const network = {
    kind: 'named',
    hosts: hosts.map((text) => hostRule(text) ?? { host: '', ports: [] }),
  } as const
  open.push(
    await openDoor(path, {
      server: 'one',
      rules: { network, shown: [] },
      lookups: new Lookups(resolve),
      env: {},
      doors: async () => new Set(),
      onRefused: (refused) => void told.push(refusedText(refused).message),
      ...more,
    }),
  )
  const dial = async (): Promise<Socket> => {
    const socket = connectTcp(path)
    await once(socket, 'connect')
    return socket.on('error', () => undefined)
  }
  return {
    told,
    dial,
    say: async (text) => {
      const socket = await dial()
      let said = ''
      socket.on('data', (chunk) => (said += String(chunk)))
      socket.end(text)
      await once(socket, 'close')
      return said
    },
  }
}

const at =
  (...addresses: string[]): ResolveName =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

const OPENED = 'HTTP/1.1 200 OK\r\n\r\n'

describe('what is asked for', () => {
  it.each([
    [
      'is what the first line says, whatever Host says',
      'CONNECT evil.test:443 HTTP/1.1\r\nHost: api.test:443',
      403,
      'evil.test:443, which its "network" does not name',
    ],
    [
      'has a port that is named',
      'CONNECT api.test:22 HTTP/1.1',
      403,
      'api.test:22, and its "network" names that host without this port',
    ],
    ['is no name with more in it', 'CONNECT api.test@evil.test:443 HTTP/1.1', 400, undefined],
    ['is no name with a zero byte', 'CONNECT api.test\0.evil.test:443 HTTP/1.1', 400, undefined],
    ['is no number in disguise', 'CONNECT 2130706433:443 HTTP/1.1', 400, undefined],
    ['is no octal number', 'CONNECT 0177.0.0.1:443 HTTP/1.1', 400, undefined],
    [
      'is IPv4 in IPv6 for what it is',
      'CONNECT [::ffff:169.254.169.254]:443 HTTP/1.1',
      403,
      '169.254.169.254:443, which',
    ],
    ['is another form of this machine', 'CONNECT [::ffff:7f00:1]:443 HTTP/1.1', 403, '127.0.0.1:443, which'],
    [
      'is an address of the pool that nobody was given',
      'CONNECT 198.18.0.9:443 HTTP/1.1',
      403,
      '198.18.0.9:443, which',
    ],
    ['is asked for by CONNECT only', 'GET http://api.test/ HTTP/1.1', 405, undefined],
    [
      'is asked for in one line',
      'CONNECT api.test:443 HTTP/1.1\nCONNECT evil.test:443 HTTP/1.1',
      405,
      undefined,
    ],
    ['has an end', `CONNECT api.test:443 HTTP/1.1\r\nX: ${'x'.repeat(9000)}`, 431, undefined],
  ])('%s', async (_, head, status, reason) => {
    const { say, told } = await door(['api.test:443'], at('127.0.0.1'))
    expect(await say(`${head}\r\n\r\n`)).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(told.map((one) => one.replace('"one" reached for ', ''))).toEqual(
      reason === undefined ? [] : [expect.stringContaining(reason)],
    )
  })

  it('says in words what was refused, and what allows it', async () => {
    const { say } = await door(['api.test:443'], at('127.0.0.1'))
    expect(await say('CONNECT evil.test:443 HTTP/1.1\r\n\r\n')).toContain(
      'sidemux: "one" reached for evil.test:443, which its "network" does not name. (to allow it, add "evil.test:443" to sandbox.network of "one" in servers.yaml)\n',
    )
  })
})

describe('where a name leads', () => {
  it.each([
    ['this machine', '127.0.0.1', 'which is this machine'],
    ['this machine by NAT64', '64:ff9b::7f00:1', 'which is this machine'],
    ['a private network', '192.168.1.1', 'which is in a private network'],
    ['a metadata service', '169.254.169.254', 'where clouds hand out credentials'],
    ['one over IPv6', 'fd00:ec2::254', 'where clouds hand out credentials'],
    ['nowhere', '0.0.0.0', 'which is no address of a host'],
  ])('is looked at: %s', async (_, address, reason) => {
    const { say, told } = await door([`api.test:443`], at(address))
    expect(await say('CONNECT api.test:443 HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1.1 403 /)
    expect(told).toEqual([
      `"one" reached for api.test:443 (${address}), ${reason}${reason.startsWith('where') ? ' and neighbours of a cable are' : ''}`,
    ])
  })

  it('is resolved once, so another answer later changes nothing of what was judged', async () => {
    const answers = [['127.0.0.1'], ['127.0.0.1', '10.0.0.1'], ['10.0.0.1']]
    let asked = 0
    const { say } = await door([`api.test:${port}`, `localhost:${port}`], async () =>
      (answers[(asked += 1) - 1] ?? []).map((address) => ({ address, family: 4 })),
    )
    for (const text of ['a', 'b', 'c'])
      expect(await say(`CONNECT api.test:${port} HTTP/1.1\r\n\r\n${text}`)).toBe(`${OPENED}${text}`)
    expect(asked).toBe(1)
  })

  it('is none of the places where a sidemux listens, though its port is named', async () => {
    const { say, told } = await door([`localhost:${port}`], at('127.0.0.1'), {
      doors: async () => new Set([port]),
    })
    expect(await say(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1.1 403 /)
    expect(told).toEqual([expect.stringContaining('where sidemux listens')])
  })

  it('is told where it isn’t found', async () => {
    const { say, told } = await door(['api.test:443'], async () =>
      Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })),
    )
    expect(await say('CONNECT api.test:443 HTTP/1.1\r\n\r\n')).toContain(
      "api.test can't be reached (ENOTFOUND)",
    )
    expect(told).toEqual([])
  })
})

it('hands what is said after the request to who stands in between, with the one way that was judged', async () => {
  const { say } = await door([`api.test:${port}`, `localhost:${port}`], at('127.0.0.1'), {
    interceptor: {
      wants: (host) => host === 'api.test',
      take: (client, to, connect) => {
        client.once('data', (chunk) => {
          const passOn = async (): Promise<void> => {
            const far = await connect()
            far.destroy()
            client.end(`${to.host}:${to.port} ${String(chunk)}`)
          }
          void passOn()
        })
      },
    },
  })
  expect(await say(`CONNECT api.test:${port} HTTP/1.1\r\n\r\nhello`)).toBe(`${OPENED}api.test:${port} hello`)
})

it('gives up a way out that nobody waits for any more (promise 8)', async () => {
  const proxy = createServer().listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const made = await door(['api.test:443'], at('93.184.216.34'), {
    env: { HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` },
    interceptor: {
      wants: () => true,
      take: (client, _, connect) => {
        client.resume().once('end', () => client.destroy())
        connect().catch(() => undefined)
      },
    },
  })
  const asked = once(proxy, 'connection') as Promise<[Socket]>
  const socket = await made.dial()
  socket.write('CONNECT api.test:443 HTTP/1.1\r\n\r\n')
  const [far] = await asked
  socket.destroy()
  await once(far.on('error', () => undefined).resume(), 'close')
  proxy.close()
})

function question(name: string, type = 1, tag = 7): Buffer {
  const labels = name
    .split('.')
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]))
  const end = Buffer.from([0, 0, type, 0, 1])
  const head = Buffer.from([0, 42, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  const body = Buffer.concat([head, ...labels, end])
  const before = Buffer.alloc(4)
  before.writeUInt16BE(body.length + 2, 0)
  before.writeUInt16BE(tag, 2)
  return Buffer.concat([before, body])
}

describe('what a server asks for as fast as it can (promise 1)', () => {
  /** How often the loop comes round meanwhile. */
  async function turnsDuring(act: () => Promise<void>): Promise<number> {
    let turns = 0
    let isOver = false
    const count = (): void => {
      turns += 1
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    await act()
    isOver = true
    return turns
  }

  it('leaves the loop to others: names', async () => {
    const made = await door(['api.test'], at('93.184.216.34'))
    const socket = await made.dial()
    const many = 2000
    const one = question('localhost', 28)
    let answered = 0
    const turns = await turnsDuring(async () => {
      socket.write(Buffer.concat([Buffer.from('NAMES\r\n\r\n'), ...Array.from({ length: many }, () => one)]))
      await new Promise<void>((resolve) => {
        socket.on('data', (part: Buffer) => {
          answered += part.length
          if (answered >= many * one.length) resolve()
        })
      })
    })
    // A turn has 32 of them at most.
    expect(turns).toBeGreaterThan(many / 40)
    socket.destroy()
  })
})

describe('names', () => {
  /** Code of the answer, and the address in it. */
  async function ask(made: Made, name: string, type?: number): Promise<string> {
    const socket = await made.dial()
    socket.write('NAMES\r\n\r\n')
    socket.write(question(name, type))
    const [answer] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    expect(answer.readUInt16BE(2)).toBe(7)
    expect(answer.readUInt16BE(4)).toBe(42)
    const rcode = (answer[7] ?? 0) & 15
    return answer.readUInt16BE(10) === 0 ? `${rcode}` : `${rcode} ${answer.subarray(-4).join('.')}`
  }

  it('are answered with an address of their own, which leads to them', async () => {
    const made = await door([`api.test:${port}`, `localhost:${port}`, '*.wild.test'], at('127.0.0.1'))
    expect(await ask(made, 'API.test')).toBe('0 198.18.0.1')
    expect(await ask(made, 'api.test', 28)).toBe('0')
    expect(await ask(made, 'a.wild.test')).toBe('0 198.18.0.2')
    expect(await ask(made, 'localhost')).toBe('0 127.0.0.1')
    expect(await made.say(`CONNECT [::ffff:198.18.0.1]:${port} HTTP/1.1\r\n\r\nx`)).toBe(`${OPENED}x`)
  })

  it('that nobody named are told to nobody else', async () => {
    const asked: string[] = []
    const made = await door(['api.test'], async (name) => {
      asked.push(name)
      return []
    })
    expect(await ask(made, 'secret-in-a-name.evil.test')).toBe('3')
    expect(asked).toEqual([])
    expect(made.told).toEqual([
      '"one" reached for secret-in-a-name.evil.test, which its "network" does not name',
    ])
  })

  it('that are none end the connection or are not answered, and the next is', async () => {
    const made = await door(['api.test'], at('93.184.216.34'))
    const socket = await made.dial()
    socket.write('NAMES\r\n\r\n')
    socket.write(Buffer.concat([Buffer.from([0, 6, 0, 1, 1, 2, 3, 4]), question('api.test')]))
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.readUInt16BE(2)).toBe(7)
    socket.write(Buffer.from([0xff, 0xff, 0, 0]))
    await once(socket, 'close')
  })
})
