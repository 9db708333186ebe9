/**
 * A server that may reach named hosts only reaches these, by name and without knowing how, and nothing else (promise 2).
 * Each program runs in a real sandbox; the names are made up, and lead to a web server of the test.
 */
import { createServer, type Server } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../servers/needs.mjs'
import { inside, type Inside } from './inside.ts'

const web: Server = createServer((request, response) => {
  const { host, url } = { ...request.headers, url: request.url ?? '' }
  if (url.startsWith('/to/')) response.writeHead(302, { location: url.slice(4) }).end()
  else response.end(`web ${host?.replace(/:\d+$/, '')} ${url}`)
})
/** Speaks first, as mail servers and some databases do; echoes then. */
const first = createTcpServer((socket) => {
  socket.on('error', () => undefined).write('hello first\n')
  socket.pipe(socket)
})
const other = createServer((_, response) => response.end('other service of this machine'))
let port = 0
let firstPort = 0
let otherPort = 0

async function listening(server: {
  listen(port: number, host: string, done: () => void): unknown
  address(): unknown
}): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

beforeAll(async () => {
  port = await listening(web)
  firstPort = await listening(first)
  otherPort = await listening(other)
})
afterAll(() => {
  for (const server of [web, first, other]) server.close()
})

const NAMES = {
  'api.test': ['127.0.0.1'],
  'mail.test': ['127.0.0.1'],
  'away.test': ['10.11.12.13'],
  'a.wild.test': ['127.0.0.1'],
  'clouds.test': ['169.254.169.254'],
}

describe.runIf(needs('bwrap', 'perl', 'curl', 'python3'))(`with a network of its own`, () => {
  let sandbox: Inside
  beforeAll(() => {
    sandbox = inside({
      network: [
        `api.test:${port}`,
        `mail.test:${firstPort}`,
        `*.wild.test:${port}`,
        `localhost:${port}`,
        `localhost:${firstPort}`,
        'away.test',
        'clouds.test',
      ],
      names: NAMES,
    })
  })
  afterAll(() => sandbox.close())

  const curl = (...args: string[]): [string, ...string[]] => ['curl', '-sS', '-m', '20', ...args]
  const fetching = (url: string): [string, ...string[]] => [
    process.execPath,
    '-e',
    `fetch('${url}').then(async (r) => console.log(await r.text()), (e) => console.log(String(e.cause?.code)))`,
  ]

  it.each([
    ['curl', () => curl(`http://api.test:${port}/a`), 'web api.test /a'],
    ['fetch of Node', () => fetching(`http://API.test.:${port}/b`), 'web api.test. /b'],
    [
      'urllib of Python',
      () =>
        [
          'python3',
          '-c',
          `import urllib.request as u; print(u.urlopen('http://api.test:${port}/c').read().decode())`,
        ] as const,
      'web api.test /c',
    ],
    ['a wildcard', () => curl(`http://a.wild.test:${port}/d`), 'web a.wild.test /d'],
    ['this machine, by number', () => curl(`http://127.0.0.1:${port}/e`), 'web 127.0.0.1 /e'],
    ['this machine, by name', () => curl(`http://localhost:${port}/f`), 'web localhost /f'],
    [
      'a server that speaks first',
      () =>
        [
          'python3',
          '-c',
          `import socket; s=socket.create_connection(('mail.test',${firstPort})); print(s.recv(99).decode()); s.sendall(b'and back'); s.shutdown(1); print(s.makefile().read())`,
        ] as const,
      'hello first\n\nand back',
    ],
    [
      'a redirect to a named host',
      () => curl('-L', `http://api.test:${port}/to/http://a.wild.test:${port}/g`),
      'web a.wild.test /g',
    ],
  ])('lets %s through', async (_, command, expected) => {
    const [program, ...args] = command()
    expect(await sandbox.run(program, ...args)).toMatchObject({
      said: expect.stringContaining(expected),
      code: 0,
    })
  })

  it.each([
    [
      'another name',
      () => curl('http://evil.test/'),
      /Could not resolve host/,
      'evil.test, which its "network" does not name',
    ],
    ['another name, by Node', () => fetching('https://evil.test/'), /ENOTFOUND/, 'evil.test, which'],
    ['another service of this machine', () => curl(`http://127.0.0.1:${otherPort}/`), /connect/, undefined],
    [
      'a redirect to another host',
      () => curl('-L', `http://api.test:${port}/to/http://evil2.test/`),
      /resolve host/,
      'evil2.test, which',
    ],
    [
      'an address, in words',
      () => curl('http://93.184.216.34/'),
      /sidemux: "one" reached for 93\.184\.216\.34:80/,
      '93.184.216.34:80, which',
    ],
    [
      'an address over TLS',
      () => curl('https://93.184.216.34/'),
      /curl: \((?:7|35|56)\)/,
      '93.184.216.34:443, which',
    ],
    [
      'IPv6',
      () => curl('http://[2606:2800:220:1::1]/'),
      /\[2606:2800:220:1::1\]:80/,
      '[2606:2800:220:1::1]:80',
    ],
    [
      'the metadata service',
      () => curl('http://169.254.169.254/latest'),
      /169\.254\.169\.254:80/,
      '169.254.169.254:80',
    ],
    [
      'the metadata service by a named host',
      () => curl('http://clouds.test/'),
      /clouds/,
      'clouds.test:80 (169.254.169.254)',
    ],
    [
      'a private network by a named host',
      () => curl('http://away.test/'),
      /private network/,
      'away.test:80 (10.11.12.13), which is in a private network',
    ],
    [
      'another resolver',
      () =>
        [
          'python3',
          '-c',
          `import socket; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.settimeout(1); s.sendto(b'x'*30,('8.8.8.8',53)); print(s.recv(9))`,
        ] as const,
      /refused|timed out/i,
      undefined,
    ],
  ])('lets nothing reach %s', async (_, command, said, told) => {
    const [program, ...args] = command()
    expect((await sandbox.run(program, ...args)).said).toMatch(said)
    if (told !== undefined) expect(sandbox.told().join('\n')).toContain(told)
  })

  it('leaves the server no right to change that, its own numbers, its exit code, and no file behind', async () => {
    const { said, code } = await sandbox.run('sh', '-c', 'id -u; grep ^Cap /proc/self/status; exit 7')
    expect(said).toBe(
      `${process.getuid?.()}\n${['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'].map((set) => `Cap${set}:\t0000000000000000\n`).join('')}`,
    )
    expect(code).toBe(7)
    expect(readdirSync(`${sandbox.stateDir}/network`)).toEqual([])
  })

  it('gives the server no child that it has not made, and no connection of ours', async () => {
    const script = `import os
try: os.wait()
except ChildProcessError: print('none')
print([to for to in (os.readlink('/proc/self/fd/' + fd) for fd in os.listdir('/proc/self/fd') if int(fd) > 2 and os.path.lexists('/proc/self/fd/' + fd)) if 'socket' in to])`
    const { said } = await sandbox.run('python3', '-c', script)
    expect(said).toBe('none\n[]\n')
  })

  it('carries much at once, both ways', async () => {
    const script = `const net=require('net');let n=0;for(let i=0;i<20;i++){const s=net.connect(${firstPort},'mail.test');const out=Buffer.alloc(1<<20,i);let got=0;s.on('data',(d)=>{got+=d.length});s.on('end',()=>{if(got===out.length+12)n++;if(i<0)return});s.on('close',()=>{if(++c===20)console.log('whole',n)});s.end(out)}let c=0`
    expect((await sandbox.run(process.execPath, '-e', script)).said).toBe('whole 20\n')
  })

  it('goes on while a server that was asked to end has something to say', async () => {
    const script = `trap '' TERM; kill -TERM -1; curl -sS -m 20 http://api.test:${port}/h`
    expect((await sandbox.run('sh', '-c', script)).said).toContain('web api.test /h')
  })
})
