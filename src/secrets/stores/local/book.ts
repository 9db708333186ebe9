/**
 * The file of the embedded store: each name with when it was set and where its value is. A value in the keychain is
 * only there; one that no keychain takes is here, encrypted (secret-box.ts). Secrets that were set by hand and logins
 * to remote servers have a book each (state/book.ts).
 */
import { z } from 'zod'
import { named } from '../../../json/named.ts'
import { Book } from '../../../state/book.ts'
import { stateBook, stateFile } from '../../../state/paths.ts'
import { SecretBox } from './secret-box.ts'

export type Backend = 'keychain' | 'file'

const updatedAt = z.string()
const entrySchema = z.discriminatedUnion('at', [
  z.object({ at: z.literal('keychain'), updatedAt, box: z.undefined().optional() }),
  /** Nonce, tag and ciphertext in base64. */
  z.object({ at: z.literal('file'), updatedAt, box: z.string() }),
])
const entriesSchema = z.object({ entries: named(entrySchema) })

export type LocalEntry = z.output<typeof entrySchema>
/** By name, in the order of the names. */
export type LocalEntries = ReadonlyMap<string, LocalEntry>

/** Whose book it is. */
export type LocalBookName = 'secrets' | 'logins'

const ABOUT = {
  secrets: {
    cost: 'the secrets in it are to be set again',
    full: 'delete what nobody needs: sidemux secrets delete NAME',
  },
  logins: { cost: 'log in again', full: 'log out where nobody needs it: sidemux logout SERVER' },
} as const

/** Undefined for what isn't of this form, which is that of version 0.1 too. */
function read(value: object): LocalEntries | undefined {
  return entriesSchema.safeParse(value).data?.entries
}

export function localBook(stateDir: string, name: LocalBookName): Book<LocalEntries> {
  return new Book(
    stateBook(stateDir, name, {}),
    {
      what: `the book of ${name}`,
      ...ABOUT[name],
      version: 1,
      maxBytes: 16 * 1024 * 1024,
      read,
      write: (entries) => ({
        entries: Object.fromEntries([...entries].toSorted(([a], [b]) => (a < b ? -1 : 1))) as unknown,
      }),
    },
    { file: stateFile(stateDir, name === 'secrets' ? 'formerSecrets' : 'formerLogins', {}), read },
  )
}

export function localBox(stateDir: string, name: LocalBookName): SecretBox {
  return new SecretBox(stateFile(stateDir, name === 'secrets' ? 'secretsKey' : 'loginsKey', {}))
}
