/** The system's journal itself, in a mount namespace of its own (promise 6). */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { CLI, place, toolbox } from '../e2e/support.ts'
import { needs, needsThat } from '../servers/needs.mjs'

const JOURNALD = '/lib/systemd/systemd-journald'
const isRoot = needsThat(process.getuid?.() === 0, 'a journal of its own needs root')

/** Takes the state of before, lets a run be, puts the old state back, and asks each time. */
const SCRIPT = `
set -e
mount -t tmpfs none /run
mkdir -p /run/systemd/journal /run/log/journal
[ -s /etc/machine-id ] || { head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \\n' >/run/id; mount --bind /run/id /etc/machine-id; }
"$JOURNALD" >/dev/null 2>&1 & journal=$!
trap 'kill $journal' EXIT
until [ -S /run/systemd/journal/stdout ]; do sleep 0.05; done
call() { "$NODE" "$CLI" tools >/dev/null || :; }
verify() { journalctl --sync >/dev/null 2>&1 || :; "$NODE" "$CLI" audit verify --journal 2>&1 || echo "exit $?"; echo --; }
call
cp -a "$SIDEMUX_STATE_DIR" "$SIDEMUX_STATE_DIR.old"
call
verify
rm -r "$SIDEMUX_STATE_DIR"
cp -a "$SIDEMUX_STATE_DIR.old" "$SIDEMUX_STATE_DIR"
verify
rm -r "$SIDEMUX_STATE_DIR"
verify
`

test.runIf(isRoot && needs(JOURNALD, 'journalctl', 'unshare', 'mount'))(
  'knows of what was taken back to an older state, and of a log that is gone',
  async () => {
    const where = place(`version: 1\nservers:\n  box: ${toolbox({ tools: { allow: ['*'] } })}\n`)
    const env = {
      ...where.env,
      PATH: process.env['PATH'],
      SIDEMUX_STATE_DIR: where.state,
      SIDEMUX_CONFIG: where.config,
      NODE: process.execPath,
      CLI,
      JOURNALD,
    }
    const run = promisify(execFile)('unshare', ['-m', '--propagation', 'private', 'sh', '-c', SCRIPT], {
      env,
    })
    const [whole = '', old = '', gone = ''] = (await run).stdout.split('--\n')
    expect(whole).toMatch(/^ok: .*\n[^]*the system's journal: \d+ heads agree/)
    expect(old).toMatch(/is missing, but the system's journal knows of it\n[^]*exit 1/)
    expect(gone).toMatch(/is not the log of which the system's journal knows[^]*exit 1/)
  },
)
