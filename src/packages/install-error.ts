/**
 * Says why a package could not be installed, in our words: an installer's own could hold an address with a password in it.
 * npm and uv say a code or a phrase of theirs, which is what is looked for. Pure.
 */
import { SidemuxError } from '../errors.ts'

export class NotInstalled extends SidemuxError {
  /** It may go through later as it is. */
  readonly retryable: boolean

  constructor(message: string, hint: string, retryable: boolean) {
    super(message, { hint })
    this.retryable = retryable
  }
}

/** What an installer's end means. */
interface Meaning {
  readonly what: RegExp
  /** Ends a sentence that begins with "the package could not be installed". */
  readonly why: string
  readonly hint: (as: AskedPackage) => string
  readonly again?: true
}

export interface AskedPackage {
  readonly server: string
  readonly spec: string
  /** The name of servers.lock, where that says which version it is. */
  readonly file?: string
}

const AS_WRITTEN = ({ server }: AskedPackage): string =>
  `with "install: off" for "${server}" in servers.yaml it is started as it is written`

const MEANINGS: readonly Meaning[] = [
  {
    what: /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ECONNABORTED|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENETDOWN|ERR_SOCKET_TIMEOUT|EIDLETIMEOUT|ERESPONSETIMEOUT|ECONNECTIONTIMEOUT|ENOTCACHED|FETCH_ERROR|E50[0234]|E429)\b|error sending request|dns error|tcp connect|network was disabled/i,
    why: 'since the registry could not be reached',
    hint: () =>
      'connect this machine to the network, or see the registry and proxy of npm or uv; it is tried again',
    again: true,
  },
  {
    what: /\b(?:E401|E403|ENEEDAUTH|EOTP)\b|\b401 Unauthorized|\b403 Forbidden/i,
    why: 'since the registry wants a login',
    hint: () => 'log in there, as with "npm login", or put the token into your own .npmrc',
  },
  {
    what: /\b(?:E404|ENOVERSIONS)\b|was not found in the package registry/i,
    why: 'since the registry has no package of that name',
    hint: (asked) =>
      `see how it is written; where it is linked or installed here by hand, ${AS_WRITTEN(asked)}`,
  },
  {
    what: /\b(?:ETARGET|EINVALIDTAGNAME)\b|no solution found/i,
    why: 'since no version fits what is written',
    hint: ({ server, spec, file }) =>
      file === undefined
        ? `see which there are: npm view ${spec.replace(/(.)@.*$/, '$1')} versions`
        : `"sidemux update ${server}" shows which there is, and takes it by your yes`,
  },
  {
    what: /\b(?:ENOSPC|EDQUOT)\b|no space left/i,
    why: 'since the disk is full',
    hint: () => 'make room on the disk of the state directory; it is tried again',
    again: true,
  },
  {
    what: /\b(?:EINTEGRITY|EBADSIZE|TAR_BAD_ARCHIVE|Z_DATA_ERROR|Z_BUF_ERROR)\b|hash mismatch/i,
    why: 'since what the registry sent is not what it says itself',
    hint: () => 'try it again later; where it stays so, do not run that package',
    again: true,
  },
  {
    what: /\bEBADENGINE\b/,
    why: 'since it is made for another version of Node',
    hint: () => 'start sidemux with a newer Node, or fix an older version of the package',
  },
  {
    what: /building from source is disabled|no-build|only-binary/i,
    why: 'since it would have to be built here, which runs code of the package',
    hint: AS_WRITTEN,
  },
  {
    what: /\b(?:EBADPLATFORM|no wheels? with a matching)\b/i,
    why: 'since it is not made for this system',
    hint: () => 'look for another package',
  },
  {
    what: /\b(?:ERESOLVE)\b/,
    why: 'since what it needs does not go together',
    hint: AS_WRITTEN,
  },
  {
    what: /\b(?:EACCES|EPERM|EROFS)\b/,
    why: 'since a directory can not be written',
    hint: () => 'see that you may write to the state directory and to the cache of npm or uv',
  },
]

/** @param said stderr of the installer, which isn't shown */
export function notInstalled(asked: AskedPackage, installer: string, said: string): NotInstalled {
  // Beside the code there may be warnings of what kept nothing from being installed.
  const codes = [...said.matchAll(/^npm (?:error|ERR!) (?:code|errno) (\S+)/gm)].map(([, code]) => code)
  const text = codes.length > 0 ? codes.join(' ') : said
  const meaning = MEANINGS.find(({ what }) => what.test(text))
  const held = asked.file === undefined ? '' : `, as ${asked.file} holds it,`
  const subject = `"${asked.server}" is not started: ${asked.spec}${held} could not be installed`
  if (meaning === undefined)
    return new NotInstalled(
      `${subject}, and ${installer} does not say why in words that sidemux knows.`,
      `run "${installer === 'npm' ? `npm view ${asked.spec}` : `uv pip compile`}" to see more; ${AS_WRITTEN(asked)}`,
      true,
    )
  return new NotInstalled(
    `${subject}, ${meaning.why}.`,
    `${upper(meaning.hint(asked))}.`,
    meaning.again === true,
  )
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
