// What is reached by the network. A server whose entry says "network: none" (by: 'walled') reaches nothing. What a server
// reaches that has the network is told as it is.
import { createSocket } from 'node:dgram'
import { python, talk } from '../tools.mjs'

const OPEN = 'its entry gives it the network of this machine'

const asked = (host, port) =>
  new Promise((done, fail) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    const end = (act) => (clearTimeout(timer), socket.close(), act())
    const timer = setTimeout(() => end(() => fail(new Error('no answer'))), 1500)
    socket.on('error', (error) => end(() => fail(error)))
    socket.on('message', (message) => end(() => done(message.toString('latin1'))))
    socket.send('question', port, host)
  })

/** @param port of the scene's, by name @param path of a page, where one is asked for */
const reaches = (port, host, path) => ({
  tries: (s) =>
    talk(
      { port: s.ports[port], host },
      path === undefined ? '' : `GET ${path} HTTP/1.0\r\nHost: ${host}\r\n\r\n`,
    ),
})
const walled = (name, attempt) => ({ name, by: 'walled', ...attempt })
const withNetwork = (name, attempt) => ({ name: `${name}, where it has the network`, ...attempt })
const open = (attempt) => ({ ...attempt, open: OPEN })

const page = reaches('page', '127.0.0.1', '/')
const sibling = reaches('victim', '127.0.0.1')
const here = reaches('here', '127.0.0.1')
const metadata = reaches('metadata', '169.254.169.254')

export const network = [
  walled("the page's door", page),
  walled('a port of a sibling', sibling),
  walled('a port of this machine (127.0.0.1)', here),
  walled('a port of this machine (::1)', reaches('here6', '::1')),
  walled('a port of this machine by another of its addresses', reaches('here', '127.7.7.7')),
  walled('the metadata address of a cloud', metadata),
  walled('names and UDP', { tries: (s) => asked('127.0.0.1', s.ports.udp) }),
  walled('raw packets', {
    tries: () =>
      python(
        "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3).bind(('lo', 0)); print('listens')",
      ),
    shows: 'said',
  }),
  withNetwork("the page's door", open(page)),
  withNetwork("the page's state", reaches('page', '127.0.0.1', '/state')),
  withNetwork('a port of a sibling', open(sibling)),
  withNetwork('a port of this machine', open(here)),
  withNetwork('the metadata address of a cloud', open(metadata)),
]
