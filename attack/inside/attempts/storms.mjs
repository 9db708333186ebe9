// What a server takes of the machine, up to a bound of the attempt itself, so that this machine lives. What is reached
// without one who stops it is shown as "unbounded": held for a moment, since who watches looks now and then.
import { spawn } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { runBeside } from '../tools.mjs'

const PROCESSES = 1500
const MEMORY_MB = 6000
const DISK_MB = 1200
const FILES = 200_000

/** Ended by its own count: whoever is refused says how far he came. */
const bounded = (name, unit, most, take) => ({
  name,
  storm: true,
  async tries(s) {
    const reached = Number(await take(s))
    if (reached < most) throw new Error(`stopped at ${reached} ${unit}`)
    return `${reached} ${unit}`
  },
})

export const storms = [
  bounded('processes without end', 'processes', PROCESSES, async () =>
    (
      await runBeside(
        'perl',
        '-e',
        `my @all; for (1..$ARGV[0]) { my $pid = fork; last unless defined $pid; if (!$pid) { sleep 30; exit } push @all, $pid }
sleep 2; print scalar @all; kill 'KILL', @all; waitpid $_, 0 for @all`,
        String(PROCESSES),
      )
    ).trim(),
  ),
  bounded('memory without end', 'MB', MEMORY_MB, leak),
  bounded('a /tmp without end', 'MB', DISK_MB, () => fill('/tmp/attack-fill')),
  bounded('open files without end', 'files', FILES, async () =>
    (
      await runBeside(
        'perl',
        '-e',
        'my @all; for (1..$ARGV[0]) { open(my $one, "<", "/dev/null") or last; push @all, $one } print scalar @all',
        String(FILES),
      )
    ).trim(),
  ),
]

/** Told as it grows, since who is ended for it says nothing more. */
function leak() {
  return new Promise((done) => {
    const child = spawn('perl', [
      '-e',
      '$| = 1; my @all; for (1..$ARGV[0]) { push @all, "x" x (10 << 20); print $_ * 10, "\\n" }',
      String(MEMORY_MB / 10),
    ])
    let reached = 0
    child.stdout.on('data', (chunk) => {
      reached = Number(String(chunk).trim().split('\n').at(-1))
    })
    child.on('close', () => done(reached))
  })
}

function fill(path) {
  const fd = openSync(path, 'w')
  const piece = Buffer.alloc(10 << 20)
  let reached = 0
  try {
    for (; reached < DISK_MB; reached += 10) writeSync(fd, piece)
  } catch {
    // Full.
  } finally {
    closeSync(fd)
    rmSync(path)
  }
  return reached
}
