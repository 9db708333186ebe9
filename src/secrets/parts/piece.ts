/** A piece of a value on its way to being judged, and what its place says of it. */
import { looksSecret } from '../words/names.ts'
import { isNaturalName } from '../words/plainly.ts'

/**
 * - `secret`: its place says so, as that of a password; masked unless everybody knows it.
 * - `neutral`: nothing is said; masked unless it is plainly none.
 * - `account`: the user of Basic; masked unless it is an address or a word.
 * - `named`: a user, a database, a bucket; masked unless it is made of words.
 * - `chance`: masked only when it looks as if chance had made it: a title, a step of a path.
 * - `harmless`: its place says that it is none; looked into for what says otherwise.
 * - `none`: several things at once, only looked into.
 * - `sealed`: a secret that isn't looked into.
 */
export type Role = 'secret' | 'neutral' | 'account' | 'named' | 'chance' | 'harmless' | 'none' | 'sealed'

export interface SecretPiece {
  readonly text: string
  readonly role: Role
}

/** What is found inside a piece whose place speaks for it counts only when it speaks against that. */
export function within({ role: outer }: SecretPiece, { text, role }: SecretPiece): SecretPiece {
  const isSafe = outer === 'harmless' || outer === 'chance' || outer === 'named'
  if (!isSafe || role === 'secret' || role === 'sealed') return { text, role }
  return { text, role: role === 'none' ? 'harmless' : role === 'harmless' ? role : 'chance' }
}

/** Names that `looksSecret` leaves out because alone they are rarely one, and inside a credential they are. */
const MORE_SECRET =
  /^(?:sig|signature|sid|sessionid|jsessionid|phpsessid|session|hmac|salt|seed|mnemonic|otp|totp|csrf|xsrf|connect\.sid|identitytoken|registrytoken)$|session[-_]?(?:id|key)$|[-_.]sid$|key[-_]?(?:data|id)$|keydata$/i

const ACCOUNT =
  /^(?:user|user ?_?-?id|uid|user_?-?name|login|account|account_?name|usr|principal)$|[-_. ](?:user|username|login)$/i

/** Which one it is and where: readable, also where chance made it. */
const IDENTITY =
  /^(?:project|.*[-_]?project[-_]?(?:id|name)|projectid|(?:tenant|app|client|subscription|account|org|organization|workspace|user|team|resource|object|message|sender|measurement)_?id|tenant|aud|iss|audience|issuer|.*email|.*[-_]?domain|host|hostname|hosts|.*[-_]host|server|servers|data ?source|address|addr|network address|port|.*[-_]port|.*region|arn|masterarn|role_?arn|db(?:instance|cluster)identifier|machine|shared ?access ?key ?name|entity ?path|auth ?source|replica ?set|installed|kty|crv|use|key_ops|x5t.*|x5c)$/i

/** What somebody has named: readable when the name is made of words. */
const NAMED =
  /^(?:database|db|.*[-_]?dbname|initial ?catalog|.*[-_](?:database|db)|engine|location|zone|.*[-_]zone|cluster|namespace|.*bucket)$/i

/** How it works and what it is called: readable unless chance made it. */
const HARMLESS =
  /^(?:type|kind|alg|algorithm|typ|schema|driver|provider|dialect|protocol|scheme|environment|env|.*[-_]env|stage|mode|version|api ?version|.*endpoint(?:s|suffix|sprotocol)?|.*(?:uri|url)s?|ssl ?mode|tls|encrypt|trust ?server ?certificate|persist ?security ?info|integrated ?security|connect(?:ion)? ?timeout|timeout|application ?name|app|charset|encoding|locale|language|name|title|display_?name|label|description|context|current-context|queue|topic|path|file|dir|directory|created|updated|expires?|.*(?:_at|at)|format|level|log_?level|certificate-authority-data|client-certificate-data|auth_?mechanism|realm|scope|scopes|cert|certificate|ca|.*_cert)$/i

/** A user name made of words is known to everybody; another one may have been made for one purpose. */
export function userRole(user: string): Role {
  return isNaturalName(user) ? 'none' : 'account'
}

/** What the name before a value says. */
export function roleOf(name: string): Role {
  const bare = name.trim().replace(/^["'\-_/\s]+|["'\s]+$/g, '')
  if (/^(?:public|shared ?access ?key ?name)/i.test(bare)) return 'harmless'
  if (ACCOUNT.test(bare)) return 'named'
  if (IDENTITY.test(bare)) return 'harmless'
  if (NAMED.test(bare)) return 'named'
  if (HARMLESS.test(bare)) return 'chance'
  return looksSecret(bare) || MORE_SECRET.test(bare) ? 'secret' : 'neutral'
}
