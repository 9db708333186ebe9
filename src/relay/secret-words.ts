/**
 * Decides whether a text speaks of a secret. A server must not ask for one in a form (2026-07-28 client/elicitation):
 * what is typed there passes through the host, its model's context and us. Secrets are what grants access or
 * authorises payments; names, addresses and account names are none. Pure.
 *
 * Words are read as people read them: without case, accents, invisible characters, look-alike letters of other
 * alphabets, digits for letters (`p4ssw0rd`), and whether they are `api_key`, `apiKey`, `API-KEY` or `apikey`. Unmistakable
 * words are enough by themselves (`hard`). `token`, `secret` and `credential` also mean other things, so they count
 * unless the words around them say so: a number of tokens, a page token, the name of a secret (`soft`).
 *
 * In doubt it is a secret: such a question can be asked on a page (URL mode). A word list is no proof; the host still
 * shows the question under the server's name.
 */

export type SecretWordStrength = 'hard' | 'soft'

const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/))

/** Also at the end of a longer word: `dbpassword`. */
const HARD_ENDINGS =
  `password passwd passphrase passcode passwort kennwort wachtwoord contrasena losenord privatekey
  secretkey apikey accesstoken`.split(/\s+/)
const HARD_WORDS = set(`pwd pin cvv cvc cvv2 cvc2 otp totp mnemonic seedphrase senha sifre parola haslo`)

/** Of several words, glued or apart. */
const HARD_PHRASES =
  `api key|api token|api secret|access key|access token|refresh token|auth token|auth key|auth code
  authentication token|authentication code|authorization token|authorization code|bearer token|session token|session cookie
  id token|personal access|secret key|secret access|private key|signing key|encryption key|ssh key|pgp key|gpg key
  master key|client secret|app secret|webhook secret|shared secret|license key|pass phrase|pass word|pass code
  security code|security answer|verification code|login code|one time code|one time password|two factor code|2 fa code
  mfa code|recovery code|backup code|recovery phrase|recovery key|seed phrase|seed words|secret phrase|card number
  credit card|debit card|bank card|login credentials|mot de passe|contrasena|zugangsdaten|clave privada|cle privee`
    .split(/[|\n]/)
    .map((phrase) => phrase.trim().split(' '))

const HARD_GLUED = new Set(HARD_PHRASES.map((phrase) => phrase.join('')))

/** Written without blanks, or in letters that don't make words here. */
const HARD_ANYWHERE =
  `пароль пароля паролем 密码 密碼 口令 私钥 私鑰 密钥 密鑰 令牌 助记词 パスワード 暗証番号 秘密鍵 비밀번호
  암호 סיסמה पासवर्ड รหัสผ่าน`
    .split(/\s+/)
    .map(fold)

const SOFT_WORDS = set(`token secret credential`)

/** Behind a word: what is asked for says something of the secret and isn't it. */
const OF_A_SECRET =
  set(`name names id ids identifier identifiers path paths arn label labels alias policy length count
  counts limit limits budget usage expiry expiration ttl lifetime version versions url uri endpoint manager store
  engine provider rotation price symbol contract window pair supply holder holders amount spread`)

/** In front of a word: it is no secret but a number or a place. */
const NO_SECRET =
  set(`max maximum min minimum total remaining output input prompt completion context page pagination
  next previous prev continuation continue cursor sync stop special design count many much of more fewer per syntax
  nft erc20 erc721 native`)

export function speaksOfSecret(text: string): SecretWordStrength | undefined {
  const readings = [text, lookAlikes(text), leet(text), spacedOut(text)].map(fold)
  const found = new Set([...new Set(readings)].flatMap(wordLists).map(judge))
  if (found.has('hard') || HARD_ANYWHERE.some((word) => readings.some((reading) => reading.includes(word))))
    return 'hard'
  return found.has('soft') ? 'soft' : undefined
}

const ASKING =
  set(`enter provide type paste input give share supply submit need needs require requires required send
  fill insert put tell confirm what missing missed reply specify write copy must please your set`)

/** A soft word counts in prose only where something is asked for: "your token has expired" is none. */
export function asksForSecret(text: string): boolean {
  return text.split(/(?<=[.!?;\n])\s+/).some((sentence) => {
    const spoken = speaksOfSecret(sentence)
    if (spoken !== 'soft') return spoken === 'hard'
    const said = words(fold(sentence))
    // "GitHub token", "Token:"
    const isLabel =
      /[:?]$/.test(sentence.trimEnd()) || (said.length <= 3 && !/[.!]$/.test(sentence.trimEnd()))
    return isLabel || said.some((word) => ASKING.has(word))
  })
}

function judge(list: readonly string[]): SecretWordStrength | undefined {
  let spoken: SecretWordStrength | undefined
  for (const [at, word] of list.entries()) {
    const length = hardAt(list, at)
    if (length > 0 && !isAbout(list, at, length)) return 'hard'
    if (SOFT_WORDS.has(singular(word)) && !isAbout(list, at, 1) && !NO_SECRET.has(list[at - 1] ?? ''))
      spoken = 'soft'
  }
  return spoken
}

/** How many words from here on are one of the unmistakable ones; 0: none. */
function hardAt(list: readonly string[], at: number): number {
  const word = singular(list[at] ?? '')
  if (HARD_WORDS.has(word) || HARD_ENDINGS.some((ending) => word.endsWith(ending))) return 1
  const phrase = HARD_PHRASES.find((one) =>
    one.every((part, index) => part === singular(list[at + index] ?? '')),
  )
  if (phrase !== undefined) return phrase.length
  return HARD_GLUED.has(word) ? 1 : 0
}

/** `password policy`, `name of the token`, `path to your private key`. */
function isAbout(list: readonly string[], at: number, length: number): boolean {
  if (OF_A_SECRET.has(list[at + length] ?? '')) return true
  const before = list
    .slice(Math.max(0, at - 4), at)
    .filter((word) => !['the', 'a', 'an', 'your', 'this', 'that'].includes(word))
  return ['of', 'to', 'for'].includes(before.at(-1) ?? '') && OF_A_SECRET.has(before.at(-2) ?? '')
}

/** Words as camelCase and signs cut them, and as they stand without regard to case. */
function wordLists(text: string): string[][] {
  const camel = text.replace(/(\p{Ll}|\p{N})(?=\p{Lu})|(\p{Lu})(?=\p{Lu}\p{Ll})/gu, '$1$2 ')
  return [words(camel), words(text)]
}

function words(text: string): string[] {
  return (text.match(/\p{L}+\d?|\p{N}+/gu) ?? []).map((word) => word.toLowerCase())
}

function singular(word: string): string {
  return word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word
}

/** Without accents and what can't be seen; case stays, because camelCase says where words begin. */
function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}\p{Co}\p{Cn}\u115F\u1160\u3164]/gu, '')
    .replace(/[ıł]/g, (letter) => (letter === 'ı' ? 'i' : 'l'))
}

/** Of Cyrillic, Greek and phonetic letters: each, and the one that it looks like. */
const LOOK_ALIKES = pairs(`аa вb еe іi кk мm нh оo рp сc тt уy хx ѕs ԁd ԝw јj ӏl
  αa εe ιi κk νv οo ρp τt υu ɑa ɡg ᴀa ꜱs`)

function lookAlikes(text: string): string {
  return Array.from(text, (letter) => LOOK_ALIKES.get(letter.toLowerCase()) ?? letter).join('')
}

const LEET = pairs('0o 1i 3e 4a 5s 7t @a $s !i €e')

/** Only between letters, so that `oauth2` and `100` stay what they are. */
function leet(text: string): string {
  return text.replace(/\p{L}[\p{L}\d@$!€]*\p{L}/gu, (word) =>
    word.replace(/[\d@$!€]/g, (sign) => LEET.get(sign) ?? sign),
  )
}

/** `p a s s w o r d`, `p.a.s.s`. */
function spacedOut(text: string): string {
  return text.replace(/(?<!\p{L})(?:\p{L}[\s._-]){3,}\p{L}(?!\p{L})/gu, (letters) =>
    letters.replace(/[\s._-]/g, ''),
  )
}

function pairs(text: string): ReadonlyMap<string, string> {
  return new Map(text.split(/\s+/).map((pair) => [pair.slice(0, -1), pair.slice(-1)]))
}
