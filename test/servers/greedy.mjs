/**
 * Wants more of the machine than others would leave it. `get_greedy` takes the way, and a word that its processes have in
 * their arguments. What it makes is bounded, so that a machine survives that holds it in no limit: 2^9 processes that live
 * a minute, and 1.5 GiB.
 */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { serve, text } from './raw.mjs'

const DEPTH = 9
/** In one process group, or each in a session of its own. */
const storm = (begin) => `
  storm() { [ "$1" -eq 0 ] || { ${begin('$(($1 - 1))')} & ${begin('$(($1 - 1))')} & }; sleep 60; }
  storm "$1" "$2"`

const WAYS = {
  'a storm of shells': (word) => {
    const script = storm((depth) => `storm ${depth}`)
    spawn('sh', ['-c', script, 'sh', String(DEPTH), word], { stdio: 'ignore' })
  },
  'a storm that leaves its group': (word) => {
    const script = storm((depth) => `setsid sh -c "$0" "$0" ${depth} "$2"`)
    spawn('sh', ['-c', script, script, String(DEPTH), word], { stdio: 'ignore' })
  },
  'a storm of Node': (word) => {
    const script = `
      const { spawn } = require('node:child_process')
      const more = () => spawn(process.execPath, ['-e', process.env.SCRIPT, '${word}'], { stdio: 'ignore', detached: true })
      more(), more()
      setTimeout(() => {}, 60_000)`
    // Each Node takes a while to start, so there are few in a second; the limit is low for them.
    spawn(process.execPath, ['-e', script, word], {
      stdio: 'ignore',
      env: { ...process.env, SCRIPT: script },
    })
  },
  'a leak': () => {
    const kept = []
    const leak = () => {
      if (kept.length < 96) kept.push(Buffer.alloc(16 * 2 ** 20, 1))
      setImmediate(leak)
    }
    leak()
  },
  'a leak of a child': (word) => {
    const script = `const kept = []; const leak = () => { if (kept.length < 96) kept.push(Buffer.alloc(16 * 2 ** 20, 1)); setImmediate(leak) }; leak()`
    spawn(process.execPath, ['-e', script, word], { stdio: 'ignore', detached: true }).unref()
  },
  'files in memory': () => {
    for (let at = 0; at < 48; at++) writeFileSync(`/tmp/file-${at}`, Buffer.alloc(16 * 2 ** 20, 1))
  },
  'a busy loop': () => {
    const spin = () => {
      const until = Date.now() + 20
      while (Date.now() < until);
      setImmediate(spin)
    }
    spin()
  },
}

serve({
  tools: [
    {
      name: 'get_greedy',
      inputSchema: { type: 'object', properties: { way: { type: 'string' }, word: { type: 'string' } } },
    },
    { name: 'get_calm', inputSchema: { type: 'object', properties: {} } },
  ],
  call: ({ id, params }) => {
    if (params.name === 'get_calm') return text(id, `${process.cpuUsage().user}`)
    // Nothing is answered: what ends it answers.
    WAYS[params.arguments.way](params.arguments.word)
    if (params.arguments.way === 'a busy loop') text(id, 'busy')
  },
})
