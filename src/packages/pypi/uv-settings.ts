/**
 * Gives uv the settings with which it installs for sidemux: those of the user and of the machine, as for uv itself (docs of uv,
 * "Configuration files" and "Environment variables").
 */
import type { InstallerSurroundings } from '../order.ts'

const OWN =
  /^(?:UV_(?:INDEX|DEFAULT_INDEX|INDEX_URL|EXTRA_INDEX_URL|INDEX_\w+_(?:USERNAME|PASSWORD)|KEYRING_PROVIDER|CACHE_DIR|NATIVE_TLS|SYSTEM_CERTS|PYTHON_INSTALL_DIR|PYTHON_PREFERENCE|PYTHON_DOWNLOADS|CONFIG_FILE|HTTP_TIMEOUT)|NETRC)$/

export function uvEnvironment({ own, base, declared }: InstallerSurroundings): Record<string, string> {
  const given = Object.entries({ ...own, ...declared }).flatMap(([name, value]) =>
    value !== undefined && OWN.test(name) ? [[name, value] as const] : [],
  )
  return { ...base, ...Object.fromEntries(given) }
}
