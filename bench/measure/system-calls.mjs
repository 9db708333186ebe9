// System calls and started threads of a contender while something is done, counted by strace, which looks at a process
// that already runs. These counts hold on a loaded machine, where times don't.
import { spawn, spawnSync } from 'node:child_process'
import { treeOf } from './processes.mjs'

const ROW = /^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$/gmu

/** Why nothing can be counted here, or undefined. */
export function cannotCount() {
  const { error, status } = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true'], { stdio: 'ignore' })
  if (error !== undefined) return 'strace is not installed (apt-get install strace)'
  return status === 0 ? undefined : 'this system does not let strace look at processes'
}

/**
 * @param act is waited for
 * @returns all calls, those that started a thread or a process, and the number of each kind, by name
 */
export async function countCalls(pid, act) {
  const attached = treeOf(pid).flatMap((one) => ['-p', String(one)])
  const strace = spawn(
    'strace',
    ['-f', '-c', '-U', 'time-percent,total-time,avg-time,calls,errors,name', ...attached],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  let told = ''
  const ready = new Promise((done) => {
    strace.stderr.setEncoding('utf8').on('data', (text) => {
      told += text
      if ((told.match(/attached/g) ?? []).length >= attached.length / 2) done()
    })
  })
  const ended = new Promise((done) => strace.on('close', done))
  await Promise.race([ready, ended])
  await act()
  strace.kill('SIGINT')
  await ended
  const kinds = Object.fromEntries([...told.matchAll(ROW)].map(([, calls, name]) => [name, Number(calls)]))
  delete kinds.total
  if (Object.keys(kinds).length === 0) throw new Error(`strace counted nothing: ${told.slice(0, 300)}`)
  const sum = (names) => names.reduce((all, name) => all + (kinds[name] ?? 0), 0)
  return { calls: sum(Object.keys(kinds)), started: sum(['clone', 'clone3', 'fork', 'vfork']), kinds }
}
