/** A process with the built fleet and its children, which can be killed as a host kills a sidecar. Linux, by /proc. */
import { spawn, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export interface SidecarProcess {
  readonly process: ChildProcess
  /** Those of its watchdogs, the one that acts first. */
  watchdogs(): number[]
}

interface Launched {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** Resolves when the child is ready. */
export async function sidecarProcess(launch: Launched, graceMs: number): Promise<SidecarProcess> {
  return sidecarOf([{ launch, graceMs }])
}

/** Resolves when all children are ready. */
export async function sidecarOf(
  children: readonly { readonly launch: Launched; readonly graceMs: number }[],
): Promise<SidecarProcess> {
  const sidecar = spawn(process.execPath, ['--input-type=module', '-e', source(children)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const said = await new Promise<string>((resolve) =>
    sidecar.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim())),
  )
  if (said !== 'ready') throw new Error(`a child is ${said}`)
  return { process: sidecar, watchdogs: () => watchdogsOf(sidecar.pid ?? 0) }
}

function source(children: Parameters<typeof sidecarOf>[0]): string {
  const fleet = new URL('../../dist/upstream/life/fleet.js', import.meta.url).href
  return `
    import { Fleet } from ${JSON.stringify(fleet)}
    const specs = ${JSON.stringify(children)}.map(({ launch, graceMs }, at) => ({
      id: String(at),
      startTimeoutMs: 20000,
      stopGraceMs: () => graceMs,
      launch: async () => ({ ...launch, cwd: '/' }),
    }))
    const fleet = new Fleet(specs, {
      onEvent() {},
      eras: { get: () => 'legacy', set() {} },
      redactStream: () => ({ push: (text) => text, settle: () => '', flush: () => '' }),
      redactLines: () => (line) => line,
      host: { capabilities: () => ({}), logLevel() {}, parkMs: 1000 },
    })
    fleet.start()
    await fleet.settled()
    console.log(specs.map(({ id }) => fleet.get(id).state.kind).find((kind) => kind !== 'ready') ?? 'ready')
    setInterval(() => {}, 1000)
  `
}

function watchdogsOf(parent: number): number[] {
  return childrenOf(parent).filter((pid) => fileOf(pid, 'cmdline').includes('sidemux-watchdog'))
}

function childrenOf(parent: number): number[] {
  return readdirSync(`/proc/${parent}/task`).flatMap((thread) =>
    fileOf(parent, `task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  )
}

/** The letter of `man 5 proc_pid_stat`; empty for one that is gone. */
export function stateOf(pid: number): string {
  return /\) (\w)/.exec(fileOf(pid, 'stat'))?.[1] ?? ''
}

function fileOf(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch {
    return ''
  }
}
