/** Keys that only other hosts know, and what to write here instead. None of them does anything. */
import { isMapping } from './mapping.ts'

const ALLOW = 'list the tools that may run without asking in `tools: { allow: […] }`'
const BLOCK = 'list the tools that must not run in `tools: { block: […] }`'
const TIMEOUT = 'write `timeout: 60s`, with its unit'

/** Keys of server entries that only other hosts know, and what to write here instead. */
export const HOST_KEYS: Readonly<Record<string, string>> = {
  alwaysAllow: ALLOW,
  alwaysLoad: 'remove it',
  autoApprove: ALLOW,
  dev: 'remove it',
  disabledTools: BLOCK,
  enabledTools: ALLOW,
  envFile: 'declare the file as a store under `secrets:` and refer to it in `env:`',
  excludeTools: BLOCK,
  gallery: 'remove it',
  headersHelper: 'declare a store of type exec under `secrets:` and refer to it in `headers:`',
  includeTools: ALLOW,
  request_timeout_ms: TIMEOUT,
  sandboxEnabled: 'write `sandbox: required` to start the server only when it is confined',
  serverUrl: 'write `url:`',
  startup_timeout_sec: 'write `startTimeout: 60s`, with its unit',
  toolTimeout: TIMEOUT,
  tool_timeout_sec: TIMEOUT,
  trust: ALLOW,
}

/** What other hosts write into `oauth:`, beside what we know too. */
const OAUTH_OF_OTHERS: ReadonlySet<string> = new Set([
  'audiences',
  'authServerMetadataUrl',
  'authorizationUrl',
  'enabled',
  'issuer',
  'redirectUri',
  'registrationUrl',
  'tokenParamName',
  'tokenUrl',
])

/** Of our own keys, those that other hosts give another type. */
export const OTHER_TYPES: readonly {
  key: string
  is: (value: unknown) => boolean
  message: string
  hint: string
}[] = [
  {
    key: 'timeout',
    is: (value) => typeof value === 'number',
    message: '"timeout" has no unit and is ignored; some hosts mean seconds, others milliseconds',
    hint: TIMEOUT,
  },
  {
    key: 'tools',
    is: Array.isArray,
    message: '"tools" as a list is of another host; it is ignored and allows nothing',
    hint: ALLOW,
  },
  {
    key: 'oauth',
    is: (value) =>
      typeof value === 'boolean' ||
      (isMapping(value) && Object.keys(value).some((key) => OAUTH_OF_OTHERS.has(key))),
    message: '"oauth" is written as another host has it, and is ignored',
    hint: 'run "sidemux login SERVER"; only a client that you registered yourself is written here: `oauth: { clientId: … }`',
  },
  {
    key: 'sandbox',
    is: isMapping,
    message: '"sandbox" as a mapping is of another host and is ignored',
    hint: 'write `sandbox: required` to start the server only when it is confined',
  },
]

/** Keys beside `mcpServers` in the files of other hosts. */
export const HOST_ROOT_KEYS = ['globalShortcut', 'inputs', 'isUsingBuiltInNodeForMcp', 'preferences']
