/**
 * Asks in a native dialog, where the config's channels name `desktop`. A question is shown whole or not at all: one
 * that is too long for a dialog is left to the next channel. One dialog is open at a time, the others wait in line;
 * it is taken away when the question is over.
 *
 * A yes or a no that comes sooner than anybody can read was a click or a key meant for something else, and the dialog is
 * shown again (quick.ts). That matters most in the line, where the next dialog opens where the last one was.
 */
import { join } from 'node:path'
import { takeTurns } from '../../../secrets/stores/shared/take-turns.ts'
import { visibleText } from '../../../visible.ts'
import type { Pending } from '../../facts/pending.ts'
import { wrap } from '../../wrap.ts'
import type { Answer, Asker, Channel } from '../../facts/channel.ts'
import { broken, CLOSED, MAX_CHARACTERS, type Dialog } from './dialog.ts'
import { DIRECTORIES, linuxDialog } from './linux.ts'
import { macosDialog, OSASCRIPT } from './macos.ts'
import { runDialog } from './run.ts'
import { hasScreen, sessionEnvironment, systemSources, type SessionSources } from './session-env.ts'
import { powershell, windowsDialog } from './windows.ts'
import { isTooQuick } from '../quick.ts'
import { isExecutable } from '../../../executable.ts'

export interface DesktopOptions {
  /** The sidecar's own; the dialog gets what it needs of it. */
  readonly env: NodeJS.ProcessEnv
  readonly sources?: SessionSources
  /** Where programs of the system are; others only in tests. */
  readonly directories?: readonly string[]
  readonly now?: () => number
}

export function desktopChannel(options: DesktopOptions): Channel {
  const inLine = takeTurns(1)
  const now = options.now ?? Date.now
  return {
    name: 'desktop',
    async reach(pending) {
      const ready = prepare(pending, options)
      return 'unavailable' in ready ? { kind: 'unavailable', why: ready.unavailable } : undefined
    },
    async ask(pending: Pending, _asker: Asker, signal: AbortSignal): Promise<Answer> {
      const ready = prepare(pending, options)
      if ('unavailable' in ready) return { kind: 'unavailable', why: ready.unavailable }
      const answer = inLine(() => show({ ...ready, pending, signal, now }))
      return until(signal, answer)
    },
  }
}

interface Ready {
  readonly dialog: Dialog
  readonly env: NodeJS.ProcessEnv
  readonly text: string
}

function prepare({ text }: Pending, options: DesktopOptions): Ready | { unavailable: string } {
  const sources = options.sources ?? systemSources()
  const env = sessionEnvironment(options.env, sources)
  const dialog = dialogOf(sources.platform, options)
  if (dialog === undefined)
    return { unavailable: 'no program that shows dialogs is installed (zenity, kdialog)' }
  if (!['win32', 'darwin'].includes(sources.platform) && !hasScreen(env))
    return { unavailable: 'there is no screen to show a dialog on' }
  const lines = wrap(visibleText(text), dialog.columns)
  if (text.length > MAX_CHARACTERS || lines.length > dialog.rows)
    return { unavailable: 'the question is too long to be seen in full in a dialog' }
  return { dialog, env, text: lines.join('\n') }
}

function dialogOf(platform: NodeJS.Platform, options: DesktopOptions): Dialog | undefined {
  const find = (program: string): string | undefined =>
    (options.directories ?? DIRECTORIES)
      .map((directory) => join(directory, program))
      .find((path) => isExecutable(path))
  switch (platform) {
    case 'darwin':
      return macosDialog(options.directories === undefined ? OSASCRIPT : (find('osascript') ?? OSASCRIPT))
    case 'win32':
      return windowsDialog(
        options.directories === undefined
          ? powershell(options.env)
          : (find('powershell.exe') ?? powershell(options.env)),
      )
    default:
      return linuxDialog(find)
  }
}

interface Showing extends Ready {
  readonly pending: Pending
  readonly signal: AbortSignal
  readonly now: () => number
}

async function show({ dialog, env, text, pending, signal, now }: Showing): Promise<Answer> {
  if (signal.aborted) return CLOSED
  const openedAt = now()
  const seconds = Math.max(1, Math.ceil((pending.expiresAt - openedAt) / 1000))
  const exit = await runDialog(dialog.command(text, seconds), env, signal)
  if (signal.aborted) return CLOSED
  if (exit === undefined) return broken(dialog.name)
  const answer = dialog.read(exit)
  return isTooQuick(answer, now() - openedAt) ? { kind: 'too-quick' } : answer
}

/** A question that is over needn't wait in line for its turn. */
async function until(signal: AbortSignal, answer: Promise<Answer>): Promise<Answer> {
  let onAbort: (() => void) | undefined
  const over = new Promise<Answer>((resolve) => {
    onAbort = () => resolve({ kind: 'unanswered' })
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
  })
  try {
    return await Promise.race([answer, over])
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort)
  }
}
