/**
 * `display dialog` of macOS, by a fixed script. The text comes through standard input: a script that it were written
 * into would have to be quoted, and arguments can be seen by the other users of the machine.
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

export const OSASCRIPT = '/usr/bin/osascript'

const SCRIPT = `
ObjC.import('Foundation')
function run() {
  const data = $.NSFileHandle.fileHandleWithStandardInput.readDataToEndOfFile
  const given = JSON.parse(ObjC.unwrap($.NSString.alloc.initWithDataEncoding(data, $.NSUTF8StringEncoding)))
  const app = Application.currentApplication()
  app.includeStandardAdditions = true
  app.activate()
  try {
    const answer = app.displayDialog(given.text, {
      withTitle: given.title,
      buttons: [given.later, given.approve, given.deny],
      defaultButton: given.deny,
      cancelButton: given.later,
      withIcon: 'caution',
      givingUpAfter: given.seconds,
    })
    return answer.gaveUp ? '' : answer.buttonReturned
  } catch (error) {
    if (error.errorNumber === -128) return given.later
    throw error
  }
}
`

export function macosDialog(path: string): Dialog {
  return {
    name: 'osascript',
    columns: 60,
    rows: 25,
    command: (text, seconds) => ({
      argv: [path, '-l', 'JavaScript', '-e', SCRIPT],
      input: JSON.stringify({
        text,
        seconds,
        title: TITLE,
        later: LATER,
        approve: APPROVE_BUTTON,
        deny: DENY,
      }),
    }),
    read: ({ code, stdout }) => {
      if (code !== 0) return broken('osascript')
      switch (stdout.trimEnd()) {
        case APPROVE_BUTTON:
          return APPROVED
        case DENY:
          return DENIED
        default:
          return CLOSED
      }
    },
  }
}
