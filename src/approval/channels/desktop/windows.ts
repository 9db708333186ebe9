/**
 * A message box of Windows, by a fixed PowerShell script. The text comes through the environment as base64, so that
 * no code page can change it. Its buttons are named by the system, in the user's language, so the text says what
 * they do; No is the one that Return presses.
 */
import { APPROVED, broken, CLOSED, DENIED, TITLE, type Dialog } from './dialog.ts'

const TEXT = 'SIDEMUX_DIALOG_TEXT'
const HEADING = 'SIDEMUX_DIALOG_TITLE'

const SCRIPT = `
$ErrorActionPreference = 'Stop'
Add-Type -AssemblyName System.Windows.Forms
function Decode($name) { [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String([Environment]::GetEnvironmentVariable($name))) }
$owner = New-Object System.Windows.Forms.Form -Property @{ TopMost = $true }
$answer = [System.Windows.Forms.MessageBox]::Show($owner, (Decode '${TEXT}'), (Decode '${HEADING}'), [System.Windows.Forms.MessageBoxButtons]::YesNoCancel, [System.Windows.Forms.MessageBoxIcon]::Warning, [System.Windows.Forms.MessageBoxDefaultButton]::Button2)
[Console]::Out.Write([int]$answer)
`
/** System.Windows.Forms.DialogResult. */
const YES = '6'
const NO = '7'
const CANCEL = '2'

const BUTTONS = '\n\nYes: run it once, exactly as shown.  No: deny.  Cancel: decide later, elsewhere.'

export function powershell(env: NodeJS.ProcessEnv): string {
  const root = Object.entries(env).find(([name]) => name.toUpperCase() === 'SYSTEMROOT')?.[1]
  return `${root ?? String.raw`C:\Windows`}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`
}

export function windowsDialog(path: string): Dialog {
  return {
    name: 'PowerShell',
    columns: 90,
    rows: 28,
    command: (text) => ({
      argv: [
        path,
        '-NoLogo',
        '-NoProfile',
        '-NonInteractive',
        '-STA',
        '-EncodedCommand',
        Buffer.from(SCRIPT, 'utf16le').toString('base64'),
      ],
      env: { [TEXT]: base64(text + BUTTONS), [HEADING]: base64(TITLE) },
    }),
    read: ({ code, stdout }) => {
      if (code !== 0) return broken('PowerShell')
      switch (stdout.trim()) {
        case YES:
          return APPROVED
        case NO:
          return DENIED
        case CANCEL:
          return CLOSED
        default:
          return broken('PowerShell')
      }
    },
  }
}

function base64(text: string): string {
  return Buffer.from(text.replaceAll('\n', '\r\n'), 'utf8').toString('base64')
}
