/** A verb without a process of its own, for tables whose subject is what a verb says, and not that it is a program. */
import { PassThrough, Readable } from 'node:stream'
import { listening, main } from './built.ts'
import { collect, ownFile, type Place } from './support.ts'

/** As `run`: what it prints, and the code that it would exit with. */
export async function runHere(
  where: Place,
  args: readonly string[],
  input?: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const [out, err] = [new PassThrough(), new PassThrough()]
  // Read all the while, since a verb that prints much waits until there is room.
  const [stdout, stderr] = [collect(out), collect(err)]
  const forget = listening()
  const code = await main(args, {
    stdin: Readable.from(input === undefined ? [] : [input]),
    stdout: out,
    stderr: err,
    env: { ...ownFile(where), ...where.env },
    cwd: () => where.dir,
    exit: () => undefined,
  } as unknown as NodeJS.Process)
  forget()
  // What was written last comes one turn later.
  await new Promise((resolve) => setImmediate(resolve))
  return { code, stdout: stdout(), stderr: stderr() }
}
