/**
 * What servers say of themselves to the model, merged: each under its server's name and set off, so that no server can
 * speak for another or for sidemux, and bounded, because hosts cut at a few KiB and the first ones would crowd out the
 * rest. Pure.
 */
import { visibleText } from '../visible.ts'

export interface Instructions {
  readonly server: string
  readonly text: string
}

const MAX_LENGTH = 16 * 1024
/** What each may have however many there are. */
const LEAST = 256

export function mergeInstructions(all: readonly Instructions[]): string | undefined {
  const said = all.filter(({ text }) => text.trim() !== '')
  if (said.length === 0) return undefined
  const share = Math.max(LEAST, Math.floor(MAX_LENGTH / said.length))
  return said.map(({ server, text }) => section(server, text, share)).join('\n\n')
}

/** Tools of a server are named after it, so its name is what tells them apart. */
function section(server: string, text: string, share: number): string {
  const lines = cut(visibleText(text.trim()), share)
    .split('\n')
    .map((line) => (line === '' ? '>' : `> ${line}`))
  return `The server "${server}" (its tools begin with "${server}_") says:\n${lines.join('\n')}`
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 2).toWellFormed()} …`
}
