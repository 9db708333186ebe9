/**
 * A sidemux without a process of its own: the built `serve` in this process, behind pipes as a host gives it. A process
 * costs half a second of processor time to start, this one little. So it is for tests of what a host is told. Its servers
 * are processes as always, and its clock is that of its place (`elapse`).
 *
 * It ends with its stdin only. It has no process id of its own, so it can't be killed, measured, or told from the test by
 * whoever looks at processes: pages, terminals and several sidecars at once are shown with processes (support.ts).
 */
import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { follow, stand } from './clock-here.ts'
import { listening, main } from './built.ts'
import { ended, overPipes } from './pipes.ts'
import {
  atEnd,
  collect,
  host1,
  host2,
  hosts,
  RawHost,
  type Connect,
  type Host,
  type HostOptions,
  type Join,
  type Joined,
  type Place,
} from './support.ts'

/** A host whose sidemux runs here. */
export class HereHost extends RawHost {
  protected override launch(
    where: Place,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): ChildProcess {
    return launched(where, args, env)
  }
}

const join: Join = (where, env): Joined => {
  const program = launched(where, ['serve', '--config', where.config], env)
  atEnd(async () => ended(program))
  return { transport: overPipes(program), stderr: collect(program.stderr) }
}

/** The hosts of support.ts. */
export const HOSTS_HERE = hosts(join)
export const host1Here: Connect = async (where, options) => host1(where, options, join)
export const host2Here = async (
  where: Place,
  era: Parameters<typeof host2>[1],
  options?: HostOptions,
): Promise<Host> => host2(where, era, options, join)

/** What stands for its process; see above. */
export function launched(
  where: Pick<Place, 'dir' | 'env'>,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  follow(where.env['TEST_CLOCK'])
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const standIn = Object.assign(new EventEmitter(), {
    stdin,
    stdout,
    stderr,
    pid: process.pid,
    exitCode: null as number | null,
    signalCode: null,
    kill: () => stdin.end(),
  })
  const io = {
    stdin,
    stdout,
    stderr,
    env: { ...where.env, ...env },
    cwd: () => where.dir,
    // It ends as soon as it has ended everything; the tests beside it go on.
    exit: () => undefined,
  }
  const run = async (): Promise<void> => {
    const forget = listening()
    const go = env['TEST_CLOCK_STANDS'] === undefined ? () => undefined : stand()
    standIn.exitCode = await main(args, io as unknown as NodeJS.Process)
    forget()
    go()
    // What it has written comes one turn later.
    await new Promise((resolve) => setImmediate(resolve))
    standIn.emit('exit', standIn.exitCode, null)
    standIn.emit('close', standIn.exitCode, null)
  }
  void run()
  return standIn as unknown as ChildProcess
}
