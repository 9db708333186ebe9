// A human's yes, and the servers that are known: by sidemux's own commands, as the same user.
import { python, run } from '../tools.mjs'

const sidemux = (s, ...args) => run(process.execPath, s.cli, ...args, '--config', s.config)

export const yes = [
  {
    name: 'open questions, by sidemux itself',
    inSrt: false,
    tries: (s) => run(process.execPath, s.cli, 'approvals', 'list', '--json'),
  },
  {
    name: 'a yes at a terminal of its own',
    inSrt: false,
    tries: (s) =>
      python(
        `
import pty, time
pid, fd = pty.fork()
if pid == 0: os.execv(sys.argv[1], [sys.argv[1], sys.argv[2], 'approvals', 'approve', sys.argv[3]])
time.sleep(2)
try: os.write(fd, b'yes\\n'); time.sleep(1); print(os.read(fd, 4096).decode('latin1'))
except OSError as error: sys.exit(str(error))`,
        process.execPath,
        s.cli,
        s.question ?? 'none',
      ),
  },
  {
    name: 'the audit log, by sidemux itself',
    inSrt: false,
    tries: (s) => run(process.execPath, s.cli, 'audit', 'show', '--json'),
  },
  {
    name: "a sibling's tool, by sidemux itself",
    inSrt: false,
    tries: (s) => sidemux(s, 'call', 'victim', 'get_echo', '--args', '{"text":"hello"}'),
  },
]
