/** Runs a program once to see whether it works here, for what the system may forbid in ways that only a try shows. */
import { execFile, type ExecFileException } from 'node:child_process'
import { systemErrorCode } from '../../errors.ts'

const TRIAL_MS = 5000
/** The machine was short of something at that moment. */
const SHORT = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM'])

export type TrialEnd =
  | { readonly said: string }
  | { readonly failed: string }
  /** Nobody let it end, so nothing is known of it. */
  | { readonly cutOff: true }

/** @returns what it printed, or what it said where it failed. Never rejects. */
export async function tryOut(program: string, args: readonly string[]): Promise<TrialEnd> {
  return new Promise((resolve) => {
    try {
      execFile(program, [...args], { timeout: TRIAL_MS, env: {} }, (error, stdout, stderr) => {
        resolve(error === null ? { said: stdout.trim() } : badEnd(error, stderr))
      })
    } catch (error) {
      resolve(badEnd(error, ''))
    }
  })
}

function badEnd(error: unknown, stderr: string): TrialEnd {
  const { killed, signal } = error as Partial<ExecFileException>
  if (killed === true || signal === 'SIGKILL' || SHORT.has(systemErrorCode(error) ?? ''))
    return { cutOff: true }
  return { failed: stderr.trim().split('\n')[0]?.slice(0, 200) || 'it ended without a word' }
}
