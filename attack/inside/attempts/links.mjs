// Links and other second names of a file, made where the server may write.
import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { run, runBeside, text } from '../tools.mjs'

const own = (s, name) => join(s.given, `${name}-${process.pid}`)

/** Another name of a secret file, which is read by it. */
const named = (name, make) => ({
  name,
  by: 'given',
  tries(s) {
    const other = own(s, 'other')
    make(s.secretFile, other)
    try {
      return text(other)
    } finally {
      rmSync(other)
    }
  },
})

export const links = [
  named('a link of its own to a secret file', symlinkSync),
  named('a hard link of its own to a secret file', linkSync),
  {
    name: 'a secret file, moved to where it may read',
    by: 'given',
    tries: (s) => renameSync(s.at('.ssh/id_ed25519'), own(s, 'moved')),
  },
  {
    name: 'the directory that was given, moved away',
    by: 'given',
    tries: (s) => (renameSync(s.given, `${s.given}.away`), renameSync(`${s.given}.away`, s.given)),
  },
  {
    name: 'a mount of its own over what it may read',
    by: 'given',
    tries: (s) => (
      mkdirSync(own(s, 'mount')),
      run(
        'unshare',
        '-Urm',
        'sh',
        '-c',
        'mount --bind "$1" "$2" && cat "$2/id_ed25519"',
        'sh',
        s.at('.ssh'),
        own(s, 'mount'),
      )
    ),
  },
  {
    name: 'a directory swapped with a link while it is opened',
    by: 'given',
    tries: (s) =>
      runBeside(
        '/usr/bin/python3',
        '-c',
        `
import os, sys, threading, time
given, secret = sys.argv[1:3]
real, link, spot = f'{given}/race-real', f'{given}/race-link', f'{given}/race'
os.makedirs(real, exist_ok=True); open(f'{real}/id_ed25519', 'w').write('nothing')
os.path.islink(link) or os.symlink(os.path.dirname(secret), link)
stop = time.time() + 1.5
def swap():
    while time.time() < stop:
        for one in (real, link):
            try: os.rename(one, spot); os.rename(spot, one)
            except OSError: pass
threading.Thread(target=swap).start()
while time.time() < stop:
    try:
        got = open(f'{spot}/id_ed25519').read()
        if 'CANARY' in got: print(got); break
    except OSError: pass
else: sys.exit('never')`,
        s.given,
        s.secretFile,
      ),
  },
]
