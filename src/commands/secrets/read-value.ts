/**
 * A secret value from a person or a program: on a terminal it is asked for and not shown, elsewhere standard input is
 * read to its end, and the line break behind a single line dropped. It is never an argument, which every user of the machine can read.
 */
import { SidemuxError } from '../../errors.ts'
import { trimFinalNewline } from '../../secrets/read-text.ts'
import type { Io } from '../io.ts'

const MAX_BYTES = 1024 * 1024

type Terminal = Io['stdin'] & { setRawMode(raw: boolean): unknown }

export async function readValue(name: string, { stdin, stderr }: Io): Promise<string> {
  const value = isTerminal(stdin)
    ? await prompt(`Value of ${name} (not shown): `, stdin, stderr)
    : trimFinalNewline(await readAll(stdin))
  if (value === '') throw problem('no value was given', 'type or paste it, or pipe it in')
  if (value.includes('\0'))
    throw problem('the value holds a NUL character', 'encode it, for example in base64')
  return value
}

function isTerminal(stdin: Io['stdin']): stdin is Terminal {
  return stdin.isTTY === true && 'setRawMode' in stdin
}

async function readAll(stdin: Io['stdin']): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length > MAX_BYTES) throw problem('the value is larger than 1 MiB', 'a secret is a short text')
    chunks.push(bytes)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw problem('the value is not UTF-8 text', 'encode it, for example in base64')
  }
}

/** Ctrl-C and Ctrl-D on an empty line give up, backspace and Ctrl-U correct; what is pasted arrives in one piece. */
function prompt(question: string, stdin: Terminal, stderr: Io['stderr']): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed: string[] = []
    const decoder = new TextDecoder('utf-8')
    const end = (settle: () => void): void => {
      stdin.off('data', onData)
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write('\n')
      settle()
    }
    const onData = (chunk: Uint8Array | string): void => {
      const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
      // A terminal marks what is pasted, where a program before us asked it to.
      for (const key of text.replaceAll('\u001B[200~', '').replaceAll('\u001B[201~', '')) {
        if (key === '\r' || key === '\n') return end(() => resolve(typed.join('')))
        if (key === '\u0003' || (key === '\u0004' && typed.length === 0))
          return end(() => reject(problem('nothing was set', 'run it again')))
        if (key === '\u007F' || key === '\b') typed.pop()
        else if (key === '\u0015') typed = []
        else if (key >= ' ' || key === '\t') typed.push(key)
      }
    }
    stderr.write(question)
    stdin.setRawMode(true)
    stdin.on('data', onData)
    stdin.resume()
  })
}

function problem(message: string, hint: string): SidemuxError {
  return new SidemuxError(message, { hint, exitCode: 2 })
}
