// A CONNECT proxy on 127.0.0.1 that keeps every byte that it is sent: heads of requests, and what goes through its
// tunnels. All tunnels end at one port of this machine, whatever was asked for. It can refuse, hang, and die.
import { connect, createServer } from 'node:net'

const END = '\r\n\r\n'

export async function startProxy(to, options = {}) {
  const state = { asked: [], heads: [], inside: [], open: new Set() }
  const switches = { status: 200, hang: false, dropAtOnce: false, ...options }

  const answer = (socket, head) => {
    const [, authority = ''] = /^CONNECT (\S+) HTTP\/1\.1/.exec(head) ?? []
    state.heads.push(head)
    state.asked.push(authority)
    if (switches.hang) return
    if (switches.dropAtOnce) return void socket.destroy()
    if (switches.status !== 200) return void socket.end(`HTTP/1.1 ${switches.status} secret words${END}`)
    const target = connect(to(), '127.0.0.1', () => {
      socket.write(`HTTP/1.1 200 Connection established${END}`)
      socket.on('data', (chunk) => state.inside.push(chunk))
      socket.pipe(target).pipe(socket)
    })
    target.on('error', () => socket.destroy())
    socket.once('close', () => target.destroy())
    state.open.add(target)
    target.once('close', () => state.open.delete(target))
  }

  const server = createServer((socket) => {
    state.open.add(socket)
    socket.once('close', () => state.open.delete(socket))
    socket.on('error', () => undefined)
    let head = ''
    const take = (chunk) => {
      head += chunk.toString('latin1')
      if (!head.includes(END)) return
      socket.off('data', take)
      answer(socket, head)
    }
    socket.on('data', take)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const socket of state.open) socket.destroy()
  }
  return {
    ...state,
    switches,
    url: `http://127.0.0.1:${server.address().port}`,
    cut,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        cut()
      }),
  }
}
