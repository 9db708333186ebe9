// Calls that take another way than a small tool call: prompts, resources, a server at an address, and a call that asks.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { contendersAt } from '../contenders/contenders.mjs'
import { inTurns } from './rounds.mjs'
import { Subject } from './subject.mjs'

const HTTP = join(import.meta.dirname, '../children/http.mjs')
/** An answer that comes sooner is taken for a program's; how long the host took doesn't count. */
const READING_MS = 1050

/** Milliseconds of each prompts/get and resources/read, by name. What is measured is compiled by then, as for small calls. */
export async function promptsAndResources(subjects, sizes) {
  const able = []
  for (const subject of subjects) {
    const others = await subject.others()
    if (others !== undefined) able.push(Object.assign(others, { name: subject.name, pid: subject.pid }))
  }
  const roads = { prompt: (one) => one.prompt(), resource: (one) => one.resource() }
  for (const one of able)
    for (const go of Object.values(roads)) for (let time = 0; time < sizes.warm; time += 1) await go(one)
  return await inTurns(able, roads, sizes)
}

/**
 * Milliseconds of each small call of a server at an address, and of each call that asks, without the human's time: by
 * contender, of whom only sidemux asks.
 * @param options `before` as contenders() has it
 */
export async function remoteAndAsking(place, sizes, asks, options) {
  const server = spawn(process.execPath, [HTTP], { stdio: ['pipe', 'pipe', 'inherit'] })
  const subjects = []
  try {
    const [port] = await once(server.stdout.setEncoding('utf8'), 'data')
    const url = `http://127.0.0.1:${Number(port)}/mcp`
    let human = 0
    const onRequest = async () => {
      const asked = performance.now()
      await new Promise((done) => setTimeout(done, READING_MS))
      human = performance.now() - asked
      return { action: 'accept', content: { decision: 'approve once' } }
    }
    const host = { capabilities: { elicitation: {} }, onRequest }
    const asking = {}
    for (const [name, contender] of Object.entries(contendersAt(place, url, options))) {
      const subject = await Subject.open(place, name, contender, host)
      subjects.push(subject)
      if (contender.asks) asking[name] = []
      for (let time = 0; time < sizes.warm; time += 1) await subject.echo()
    }
    const remote = await inTurns([direct(url), ...subjects], { remote: (subject) => subject.echo() }, sizes)
    for (let time = 0; time < asks; time += 1)
      for (const subject of subjects.filter(({ name }) => asking[name] !== undefined)) {
        const began = performance.now()
        await subject.call('edit_echo', { text: `hello ${time}` })
        asking[subject.name].push(performance.now() - began - human)
      }
    return { remote, asking }
  } finally {
    for (const subject of subjects) await subject.close()
    server.stdin.end()
  }
}

/** The same call without anything between. */
function direct(url) {
  let id = 0
  const echo = async () => {
    id += 1
    const params = { name: 'get_echo', arguments: { text: 'hello' } }
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params }),
    })
    if ((await answer.json()).id !== id) throw new Error('the server answered another call')
  }
  return { name: 'direct', echo }
}
