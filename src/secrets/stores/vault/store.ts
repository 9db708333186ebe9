/**
 * HashiCorp Vault and OpenBao by plain requests. `${team:/github/bot#token}` is the key token of the secret github/bot
 * in the store's KV engine, of version 1 or 2; the field may be left out when the secret has a single key. A batch
 * costs one read a secret, and servers that start together share it. Leases are in leases.ts.
 */
import { pickField } from '../../text/json-field.ts'
import { nearestName } from '../../../nearest.ts'
import { SingleFlight } from '../../single-flight.ts'
import { failure, StoreError, type Store, type StoreAnswer, type StoreReference } from '../../store.ts'
import { baseUrl, notThem } from '../shared/http.ts'
import { oneByOne } from '../shared/one-by-one.ts'
import type { Settings } from '../settings.ts'
import { senderFor } from '../shared/transport.ts'
import { checkVaultPath, deniedHere, explainVault, parseVault, type Vault } from './http.ts'
import { VaultLeases } from './leases.ts'
import { vaultLogin } from './login.ts'
import { VaultSession } from './session.ts'
import type { VaultOptions } from './options.ts'
import { isRecord } from '../../../json/record.ts'

/** One version of one secret. */
interface Entry {
  readonly data: Readonly<Record<string, unknown>>
  readonly version?: string
}

interface Engine {
  readonly mount: string
  readonly version: (signal: AbortSignal) => Promise<1 | 2>
}

export async function openVault(options: VaultOptions, settings: Settings): Promise<Store> {
  const { alias } = settings
  const address = await settings.text('address', options.address)
  const site = baseUrl(address, settings, 'address', 'https://vault.example.com:8200')
  const given = options.namespace
  const vault: Vault = {
    send: await senderFor(settings, options.caCert),
    backEnd: { name: 'Vault', site: site.replace(/\/v1$/, ''), setting: 'address' },
    namespace: given === undefined ? undefined : await settings.withEnvironment('namespace', given),
  }
  const session = new VaultSession(vault, await vaultLogin(options.auth, settings, vault))
  const mount = (await settings.withEnvironment('mount', options.mount ?? 'secret')).replace(/^\/+|\/+$/g, '')
  const engine: Engine = { mount, version: versionOf(options.kvVersion, mount, vault, session) }
  const leases = new VaultLeases(vault, session)
  const reading = oneByOne<Entry>({
    read: (path, signal) => readEntry(path, engine, vault, session, signal),
    pick: (entry, reference) => pick(entry, reference, alias),
    otherwise: `Vault at ${site} can't be read`,
    settings,
  })

  return {
    type: 'vault',
    validate: ({ path }) => checkVaultPath(alias, path),
    resolve: reading.resolve,
    watch: reading.watch,
    lease: (reference, ttlMs, context) => leases.lease(reference, ttlMs, context),
    renew: (lease, ttlMs, context) => leases.renew(lease, ttlMs, context),
    revoke: (lease, context) => leases.revoke(lease, context),
    lookUp: (lease, context) => leases.lookUp(lease, context),
    hasEnded: (lease) => leases.hasEnded(lease),
    async close() {
      reading.stop(new StoreError('unavailable', 'sidemux is stopping'))
      await session.close()
    },
  }
}

/** Asked of Vault once, unless the store says it. */
function versionOf(
  given: 1 | 2 | undefined,
  mount: string,
  vault: Vault,
  session: VaultSession,
): Engine['version'] {
  const flights = new SingleFlight<1 | 2>()
  let known = given
  return async (signal) =>
    known ??
    flights.run('version', signal, async (signal) => {
      const { reply } = await session.ask({ path: `sys/internal/ui/mounts/${mount}` }, signal)
      const data = parseVault(reply)?.data
      if (reply.status === 403 || reply.status === 404) {
        throw new StoreError(
          'denied',
          `Vault has no engine at "${mount}", or this login may read nothing there`,
          {
            hint: 'check mount: of the store and the policies of its login, or set kvVersion: 2',
          },
        )
      }
      if (!data) throw explainVault(reply, vault)
      if (data['type'] !== 'kv' && data['type'] !== 'generic') {
        throw new StoreError('invalid_reference', `the engine at "${mount}" is not a KV engine`, {
          hint: 'name the mount of a KV engine in mount: of the store; other engines issue leases',
        })
      }
      const options = data['options']
      const two =
        options !== null && typeof options === 'object' && 'version' in options && options.version === '2'
      known = two ? 2 : 1
      return known
    })
}

async function readEntry(
  path: string,
  { mount, version }: Engine,
  vault: Vault,
  session: VaultSession,
  signal: AbortSignal,
): Promise<Entry> {
  const two = (await version(signal)) === 2
  const where = two ? `${mount}/data${path}` : `${mount}${path}`
  const { reply } = await session.ask({ path: where }, signal)
  if (reply.status === 403) {
    throw deniedHere(
      `read ${path} in "${mount}"`,
      `read on ${where}`,
      'check mount: and kvVersion: of the store',
    )
  }
  if (reply.status === 404) {
    throw new StoreError('not_found', `there is no ${path} in "${mount}", or its latest version is deleted`, {
      hint: `write it: vault kv put ${mount}${path} NAME=…; or check the path, and kvVersion: of the store where it is given`,
    })
  }
  const data = parseVault(reply)?.data
  if (!data) throw explainVault(reply, vault)
  if (!two) return { data }
  const { data: inner, metadata } = data
  if (!isRecord(inner) || !isRecord(metadata))
    throw notThem(vault.backEnd, 'answered without a version 2 secret')
  return { data: inner, version: String(metadata['version']) }
}

function pick({ data, version }: Entry, { path, field }: StoreReference, alias: string): StoreAnswer {
  const keys = Object.keys(data)
  const [only] = keys
  const what = `${alias}:${path}`
  if (only === undefined)
    return failure('not_found', `${what} has no keys`, { hint: 'write a value to it in Vault' })
  if (field === undefined && keys.length > 1) {
    return failure('invalid_reference', `${what} has ${keys.length} keys, and the reference names none`, {
      hint: `say which one: \${${what}#NAME}`,
    })
  }
  const key = field ?? only
  if (Object.hasOwn(data, key)) return textAnswer(data[key], what, key, version)
  if (key.includes('.')) return pickField(JSON.stringify(data), key, what, version)
  const near = nearestName(key, keys)
  return failure('not_found', `${what} has no key "${key}"`, {
    hint: near === undefined ? 'correct the field after the #' : `did you mean #${near}?`,
  })
}

function textAnswer(value: unknown, what: string, key: string, version: string | undefined): StoreAnswer {
  if (typeof value !== 'string')
    return pickField(JSON.stringify({ value }), 'value', `${what}#${key}`, version)
  return { ok: true, value, ...(version === undefined ? {} : { version }) }
}
