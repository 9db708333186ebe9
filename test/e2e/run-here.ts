/** A verb without a process of its own, for tables whose subject is what a verb says, and not that it is a program. */
import { PassThrough, Readable } from 'node:stream'
import { listening, main } from './built.ts'
import { ownFile, type Place } from './support.ts'

/** As `run`: what it prints, and the code that it would exit with. */
export async function runHere(
  where: Place,
  args: readonly string[],
  input?: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const [out, err] = [new PassThrough(), new PassThrough()]
  const forget = listening()
  const code = await main(args, {
    stdin: Readable.from(input === undefined ? [] : [input]),
    stdout: out,
    stderr: err,
    env: { ...ownFile(where), ...where.env },
    cwd: () => where.dir,
  } as unknown as NodeJS.Process)
  forget()
  return { code, stdout: textIn(out), stderr: textIn(err) }
}

function textIn(stream: PassThrough): string {
  return (stream.read() as Buffer | null)?.toString('utf8') ?? ''
}
