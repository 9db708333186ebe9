/**
 * The table of the state directory: each file with what it holds, its mode, who writes it and when it goes. The code
 * takes the names from here, a test compares the table with what a run leaves behind, and the documentation shows it.
 *
 * Every directory is 0700 and belongs to the user. A file is written in one of these ways:
 *
 * - `book`: what several processes change and nobody may lose. Each state is a file of its own (book.ts).
 * - `process`: belongs to one running process. Others look whether that process still lives (run files and ledgers).
 * - `memory`: replaced as a whole by whoever knows better. What is lost is learned again (replace.ts).
 * - `log`: lines that are appended and never changed.
 * - `key`: made once, and never changed.
 * - `lock`: who writes, and what is half written (lock.ts).
 * - `home`: a directory whose files are a server's own business.
 * - `whole`: a directory that appears whole and is never changed.
 * - `note`: where version 0.1 kept something that is a book now (former.ts).
 */
export interface StateFile {
  /** Below the state directory. What stands in `<…>` differs from file to file. */
  readonly path: string
  readonly mode: 0o600 | 0o700
  readonly kept: 'book' | 'process' | 'memory' | 'log' | 'key' | 'lock' | 'note' | 'home' | 'whole'
  readonly holds: string
  readonly writer: string
  readonly goes: string
}

const ANY_WRITER = 'whoever writes a file of the state directory'

export const STATE_FILES = {
  audit: {
    path: 'audit/<run>.jsonl',
    mode: 0o600,
    kept: 'log',
    holds: 'the audit log of one run: a record a line, each with the hash of the one before',
    writer: 'the sidemux or command whose run it is',
    goes: 'never by itself; "sidemux audit verify" misses a run that is moved away',
  },
  auditAnchor: {
    path: 'audit/<run>.jsonl.head',
    mode: 0o600,
    kept: 'log',
    holds: 'number and hash of the last record of that run, and how far it is on the disk',
    writer: 'the sidemux or command whose run it is',
    goes: 'with its run',
  },
  auditKey: {
    path: 'seals/key',
    mode: 0o600,
    kept: 'key',
    holds: 'the key that seals the records of the audit log',
    writer: 'the first run',
    goes: 'never; without it what is there can not be checked any more',
  },
  auditHeads: {
    path: 'seals/heads',
    mode: 0o600,
    kept: 'memory',
    holds: 'the last records of the newest runs, sealed with that key',
    writer: 'each run of the audit log, when it begins and when it ends',
    goes: 'never; it is replaced as a whole, under its lock',
  },
  accepted: {
    path: 'accepted/<config>/<generation>.json',
    mode: 0o600,
    kept: 'book',
    holds:
      'what was accepted of the servers of one servers.yaml and does not stand in its servers.lock: of launches before that of now, and all of it where servers.lock can not be written',
    writer:
      'each sidemux when a server of another launch is listed, and where servers.lock can not be written',
    goes: 'of a server all but the latest eight launches; what servers.lock holds by now',
  },
  trust: {
    path: 'trust/<config>/<generation>.json',
    mode: 0o600,
    kept: 'book',
    holds:
      'which launches of the servers of one servers.yaml a human agreed to, or said no to: commands and references, never a value of a secret',
    writer: 'each sidemux when that is answered; "sidemux trust"',
    goes: 'with "sidemux trust --revoke"; without it every server is asked about again',
  },
  installs: {
    path: 'installs/<config>/<generation>.json',
    mode: 0o600,
    kept: 'book',
    holds:
      'which version of its package each server of one servers.yaml runs, what came with it, and where that lies',
    writer: 'each sidemux when it has installed a package; "sidemux update"',
    goes: 'a server with its entry at the next update; without it the version that servers.lock holds is installed again, or else the newest',
  },
  package: {
    path: 'packages/<content>',
    mode: 0o700,
    kept: 'whole',
    holds: 'a package that npx or uvx would run, with all that it needs, by the hash of its content',
    writer: 'each sidemux that installs one',
    goes: 'when no server of any servers.yaml runs it any more, at the next install or update',
  },
  grants: {
    path: 'grants/<config>/<generation>.json',
    mode: 0o600,
    kept: 'book',
    holds: 'what was always allowed for one servers.yaml, until when and how often',
    writer: 'each sidemux when a grant is given, spent or revoked on its page; "sidemux approvals revoke"',
    goes: 'a grant when it is revoked, or with the next change after its end',
  },
  secrets: {
    path: 'secrets/local/<generation>.json',
    mode: 0o600,
    kept: 'book',
    holds:
      'the names of the secrets that were set here; their values too, encrypted, where no keychain has them',
    writer: '"sidemux secrets set", "delete" and "migrate"',
    goes: 'a secret with "sidemux secrets delete"',
  },
  secretsKey: {
    path: 'secrets/key',
    mode: 0o600,
    kept: 'key',
    holds: 'the key to the values in the file of secrets',
    writer: 'the first secret that no keychain takes',
    goes: 'never; without it those secrets are lost',
  },
  logins: {
    path: 'logins/local/<generation>.json',
    mode: 0o600,
    kept: 'book',
    holds: 'the logins to remote servers; their tokens too, encrypted, where no keychain has them',
    writer: '"sidemux login" and "logout"; each sidemux when a login is refreshed',
    goes: 'a login with "sidemux logout"',
  },
  loginsKey: {
    path: 'logins/key',
    mode: 0o600,
    kept: 'key',
    holds: 'the key to the tokens in the file of logins',
    writer: 'the first login that no keychain takes',
    goes: 'never; without it those logins are lost',
  },
  leases: {
    path: 'leases/<clerk>.jsonl',
    mode: 0o600,
    kept: 'process',
    holds: 'which leases one process of leases holds, and what became of them: ids, never a value',
    writer: 'the process that holds leases for a sidemux; the next one settles what it left',
    goes: 'when nothing in it is open or untold',
  },
  run: {
    path: 'run/<sidemux>.json',
    mode: 0o600,
    kept: 'process',
    holds: 'where a running sidemux listens for others and for commands, and the key for it',
    writer: 'that sidemux',
    goes: 'when it ends; that of a killed one when the next one looks',
  },
  results: {
    path: 'results/<run>.json',
    mode: 0o600,
    kept: 'process',
    holds: 'which running sidemux keeps long results of its session',
    writer: 'that sidemux, where maxResult cut one',
    goes: 'when it ends; that of a killed one when the next one starts',
  },
  result: {
    path: 'results/<run>.<result>.txt',
    mode: 0o600,
    kept: 'process',
    holds: 'the text of a long result, secrets masked',
    writer: 'that sidemux',
    goes: 'with its session, or for newer ones: 64 results and 64 MiB at most',
  },
  listed: {
    path: 'listed/<listing>.json',
    mode: 0o600,
    kept: 'memory',
    holds: 'what a server listed last, masked, for the first list of the next run',
    writer: 'each sidemux, each time a server has listed something else',
    goes: 'after 30 days, after 8 newer ones, or when servers.yaml names the server no more',
  },
  config: {
    path: 'configs/<config>.sealed',
    mode: 0o600,
    kept: 'memory',
    holds:
      'what a servers.yaml means, to start without reading it anew: references, never a value of a store. It is encrypted by a key that is made of that very file, so who may not read the file can not read this',
    writer: 'each sidemux, when it has read the file',
    goes: 'after 32 newer ones',
  },
  greeting: {
    path: 'greetings/<greeting>.json',
    mode: 0o600,
    kept: 'memory',
    holds:
      'what hosts were told last: the instructions, and of each host its lists, masked, to tell them before anything is loaded',
    writer: 'each sidemux, when it would say something else',
    goes: 'after 64 newer ones',
  },
  hosts: {
    path: 'hosts/<host>-<channel>.json',
    mode: 0o600,
    kept: 'memory',
    holds: 'that somebody has answered through this channel in this host and version',
    writer: 'each sidemux, at the first such answer',
    goes: 'after 256 newer ones',
  },
  log: {
    path: 'log/sidemux.log',
    mode: 0o600,
    kept: 'log',
    holds: 'the log for people, masked',
    writer: 'each sidemux, and commands that start servers',
    goes: 'to sidemux.log.1 beyond 5 MiB',
  },
  oldLog: {
    path: 'log/sidemux.log.1',
    mode: 0o600,
    kept: 'log',
    holds: 'the log before that',
    writer: 'whoever finds the log too long',
    goes: 'when the next log is too long',
  },
  home: {
    path: 'homes/<server>',
    mode: 0o700,
    kept: 'home',
    holds: 'the home of a confined server, by its id and what it runs, with all that it keeps there',
    writer: 'that server',
    goes: 'never by itself; you may remove it when the server is gone',
  },
  network: {
    path: 'network/<token>',
    mode: 0o700,
    kept: 'home',
    holds: 'the door of a server that may reach named hosts only, and the files of its network',
    writer: 'the sidemux that starts the server',
    goes: 'as soon as the server has come in through it',
  },
  formerSecrets: {
    path: 'secrets/local.json',
    mode: 0o600,
    kept: 'note',
    holds: 'the secrets of version 0.1; then a note that they have moved, which version 0.1 refuses',
    writer: 'who opens the secrets first',
    goes: 'never by itself; you may remove the note when no version 0.1 runs any more',
  },
  formerLogins: {
    path: 'logins/local.json',
    mode: 0o600,
    kept: 'note',
    holds: 'the same for logins',
    writer: 'who opens the logins first',
    goes: 'as above',
  },
  lock: {
    path: 'locks/<file>.<number>',
    mode: 0o600,
    kept: 'lock',
    holds: 'which process may write that file, empty when none does',
    writer: ANY_WRITER,
    goes: 'with the next number; the last one stays',
  },
  next: {
    path: '<directory>/<file>.<token>.next',
    mode: 0o600,
    kept: 'lock',
    holds: 'the next content of a file that is locked',
    writer: ANY_WRITER,
    goes: 'when it is in its place; that of a killed process with the next lock',
  },
  draft: {
    path: '<directory>/<file>.<token>.tmp',
    mode: 0o600,
    kept: 'lock',
    holds: 'a file that is being written',
    writer: ANY_WRITER,
    goes: 'in a moment; that of a killed process with the next look after a minute',
  },
} as const satisfies Readonly<Record<string, StateFile>>
