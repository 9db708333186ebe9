/**
 * A secret value from a person or a program: on a terminal it is asked for and not shown, elsewhere standard input is
 * read to its end, and the line break behind a single line dropped. It is never an argument, which every user of the machine can read.
 */
import { SidemuxError } from '../../errors.ts'
import { trimFinalNewline } from '../../secrets/text/read-text.ts'
import type { Io } from '../io.ts'
import { MARK_NO_PASTE, MARK_PASTE, Typed } from './typed.ts'

const MAX_BYTES = 1024 * 1024

type Terminal = Io['stdin'] & { setRawMode(raw: boolean): unknown }

export async function readValue(name: string, { stdin, stderr }: Io): Promise<string> {
  const value = isTerminal(stdin) ? await prompt(name, stdin, stderr) : trimFinalNewline(await readAll(stdin))
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

/**
 * Ctrl-C and Ctrl-D on an empty line give up, backspace and Ctrl-U correct. What is pasted may have several lines, where
 * the terminal marks it as we ask it to; elsewhere its first line would be all, so it is refused.
 */
function prompt(name: string, stdin: Terminal, stderr: Io['stderr']): Promise<string> {
  return new Promise((resolve, reject) => {
    const typed = new Typed()
    const decoder = new TextDecoder('utf-8')
    const onData = (chunk: Uint8Array | string): void => {
      const outcome = typed.take(typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))
      if (outcome === 'more') return
      stdin.off('data', onData)
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write(`${MARK_NO_PASTE}\n`)
      if (outcome === 'entered') resolve(typed.value)
      else if (outcome === 'given up') reject(problem('nothing was set', 'run it again'))
      else reject(problem('several lines were pasted', `run: sidemux secrets set ${name} < FILE`))
    }
    // Before it is asked for: who answers at once would be shown by the terminal what he types.
    stdin.setRawMode(true)
    stdin.on('data', onData)
    stdin.resume()
    stderr.write(`${MARK_PASTE}Value of ${name} (not shown): `)
  })
}

function problem(message: string, hint: string): SidemuxError {
  return new SidemuxError(message, { hint, exitCode: 2 })
}
