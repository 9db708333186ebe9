/**
 * Runs a dialog's program without a shell, in a process group of its own, which is killed as a whole as soon as the
 * question is over. What it prints is bounded; nothing of it is shown to anybody.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import type { Command, DialogExit } from './dialog.ts'

const MAX_OUTPUT = 4096

/** Undefined when it could not be started, or was withdrawn. Never rejects. */
export function runDialog(
  command: Command,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<DialogExit | undefined> {
  if (signal.aborted) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    const [program, ...args] = command.argv
    const child = spawn(program, args, {
      cwd: process.platform === 'win32' ? undefined : '/',
      env: { ...env, ...command.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
      shell: false,
    })
    const stdout = keep(child.stdout)
    const stderr = keep(child.stderr)
    const withdraw = (): void => kill(child)
    const end = (exit: DialogExit | undefined): void => {
      signal.removeEventListener('abort', withdraw)
      resolve(signal.aborted ? undefined : exit)
    }
    signal.addEventListener('abort', withdraw, { once: true })
    child.on('error', () => end(undefined))
    child.on('close', (code) => end({ code, stdout: stdout(), stderr: stderr() }))
    child.stdin.on('error', () => undefined)
    child.stdin.end(command.input ?? '')
  })
}

function keep(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    text = (text + chunk).slice(0, MAX_OUTPUT)
  })
  return () => text
}

function kill(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(child.pid), '/t', '/f'], { stdio: 'ignore' }).on('error', () =>
      child.kill(),
    )
    return
  }
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Nobody of the group is left.
  }
}
