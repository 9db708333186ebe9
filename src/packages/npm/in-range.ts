/** Asks npm whether a version is one of those that an entry asks for, since only npm reads its ranges. */
import { askedFor } from '../chosen.ts'
import { notInstalled } from '../install-error.ts'
import type { InstallOrder } from '../order.ts'
import { runInstaller } from '../run-installer.ts'

/** @throws NotInstalled where the registry can't say it */
export async function isInRange(order: InstallOrder, version: string): Promise<boolean> {
  const { wanted, installer, env, tree, signal } = order
  const [spec] = wanted.specs
  const range = spec.slice(wanted.name.length + 1)
  // A tag is another version tomorrow, so it says nothing of this one.
  if (range === '' || /^(?![vx](?:[\d.]|$))[a-z]/i.test(range)) return true
  const args = ['view', '--json', '--no-update-notifier', '--fetch-retries=1', ...wanted.options]
  const end = await runInstaller({
    program: installer,
    args: [...args, '--', spec, 'version'],
    cwd: tree,
    env,
    signal,
  })
  if (!end.ok) throw notInstalled(askedFor(order), 'npm', end.said)
  return versionsIn(end.out).includes(version)
}

/** One is a text, several are a list, none is nothing at all (docs of npm, "npm view"). */
function versionsIn(out: string): readonly unknown[] {
  try {
    return [JSON.parse(out) as unknown].flat()
  } catch {
    return []
  }
}
