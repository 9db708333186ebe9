/**
 * zenity, or kdialog where there is no zenity.
 *
 * zenity reads the text from standard input and shows it as it is. kdialog takes it only as an argument, which the
 * other users of the machine can see, and would read markup and backslashes in it: so each character that could mean
 * anything is written as a number.
 *
 * util-linux's setpriv, where there is one, makes the system end the dialog with the sidecar, however that ends.
 */
import {
  APPROVE_BUTTON,
  APPROVED,
  broken,
  CLOSED,
  DENIED,
  DENY,
  LATER,
  TITLE,
  type Dialog,
} from './dialog.ts'

export const DIRECTORIES = ['/usr/bin', '/bin', '/usr/local/bin', '/run/current-system/sw/bin']

const COLUMNS = 96
const ROWS = 40
const ROW_PIXELS = 20
const FRAME_PIXELS = 120

/** @param find The path of a program of the system, or undefined. */
export function linuxDialog(find: (program: string) => string | undefined): Dialog | undefined {
  const setpriv = find('setpriv')
  const wrapper = setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL', '--']
  const zenityPath = find('zenity')
  if (zenityPath !== undefined) return zenity([...wrapper, zenityPath])
  const kdialogPath = find('kdialog')
  return kdialogPath === undefined ? undefined : kdialog([...wrapper, kdialogPath])
}

function zenity(start: readonly string[]): Dialog {
  return {
    name: 'zenity',
    columns: COLUMNS,
    rows: ROWS,
    command: (text, seconds) => ({
      argv: argv(start, [
        '--text-info',
        `--title=${TITLE}`,
        `--ok-label=${DENY}`,
        `--cancel-label=${LATER}`,
        `--extra-button=${APPROVE_BUTTON}`,
        '--font=monospace 10',
        '--width=860',
        `--height=${text.split('\n').length * ROW_PIXELS + FRAME_PIXELS}`,
        `--timeout=${seconds}`,
      ]),
      input: text,
    }),
    read: ({ code, stdout, stderr }) => {
      if (code === 0) return DENIED
      if (code === 1 && stdout === `${APPROVE_BUTTON}\n`) return APPROVED
      if (code === 5) return CLOSED
      // Also 1 when there is no display.
      return code === 1 && stdout === '' && !/open display/i.test(stderr) ? CLOSED : broken('zenity')
    },
  }
}

function kdialog(start: readonly string[]): Dialog {
  return {
    name: 'kdialog',
    columns: COLUMNS,
    rows: ROWS,
    command: (text) => ({
      argv: argv(start, [
        `--title=${TITLE}`,
        `--warningyesnocancel=<qt><pre>${asNumbers(text)}</pre></qt>`,
        // "Yes" is the one that Return presses.
        `--yes-label=${DENY}`,
        `--no-label=${APPROVE_BUTTON}`,
        `--cancel-label=${LATER}`,
      ]),
    }),
    read: ({ code }) => {
      if (code === 0) return DENIED
      if (code === 1) return APPROVED
      return code === 2 ? CLOSED : broken('kdialog')
    },
  }
}

function asNumbers(text: string): string {
  return text.replace(/[^A-Za-z0-9 ]/gu, (character) =>
    character === '\n' ? '<br/>' : `&#${character.codePointAt(0) ?? 0};`,
  )
}

function argv(start: readonly string[], more: readonly string[]): [string, ...string[]] {
  const [program = '', ...args] = start
  return [program, ...args, ...more]
}
