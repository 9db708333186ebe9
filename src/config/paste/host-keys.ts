/** Keys that only other hosts know, and what to write here instead. None of them does anything. */
import { isRecord } from '../../json/record.ts'
import { KEEP } from './keep.ts'

const ALLOW = 'list the tools that may run without asking in `tools: { allow: […] }`'
const BLOCK = 'list the tools that must not run in `tools: { block: […] }`'
const TIMEOUT = 'write `timeout: 60s`, with its unit'

const STORE = `each of them goes into \`env:\`; ${KEEP}`
const DOTENV =
  'write `secrets: { dotenv: { type: dotenv, path: FILE } }` at the top, and `env: { NAME: "${dotenv:NAME}" }` for each of its names'
const START_TIMEOUT = 'write `startTimeout: 60s`, with its unit'
const HEADERS = 'write `headers: { Authorization: "Bearer ${env:NAME}" }`'
const REMOVE = 'remove it'

/** Keys of server entries that only other hosts know, and what to write here instead. */
export const HOST_KEYS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      'alwaysLoad author bundled categories chatMenu configSource connectionTimeout customUserVars dev displayName',
      'display_name dxtPath dxtVersion faviconUrl filterMapping homepage iconPath isDefaultServer keywords license',
      'note notes remoteConfigured repository stderr version watchPaths',
      'gallery icon iconUrl id installSource installedAt isTrusted logoUrl longRunning name provider providerUrl',
      'reference registryUrl required requiresOAuth searchKey serverInstructions shouldConfig',
      'source startup tags title trustedAt',
    ]
      .flatMap((line) => line.split(' '))
      .map((key) => [key, REMOVE]),
  ),
  allowedTools: ALLOW,
  alwaysAllow: ALLOW,
  approvalMode: ALLOW,
  autoAllow: ALLOW,
  autoApprove: ALLOW,
  autoStart: 'write `disabled: true` to start it nowhere',
  available_tools: ALLOW,
  bearerToken: HEADERS,
  bearer_token_env_var: HEADERS,
  default_tools_approval_mode: ALLOW,
  disabledAutoApproveTools: REMOVE,
  disabledTools: BLOCK,
  disabled_tools: BLOCK,
  enabledTools: ALLOW,
  enabled_tools: ALLOW,
  envFile: DOTENV,
  env_file: DOTENV,
  env_http_headers: HEADERS,
  env_keys: STORE,
  excludeTools: BLOCK,
  headersHelper: 'declare a store of type exec under `secrets:` and refer to it in `headers:`',
  includeTools: ALLOW,
  initTimeout: START_TIMEOUT,
  keep_alive: REMOVE,
  request_timeout_ms: TIMEOUT,
  authProviderType: 'run "sidemux login SERVER"',
  requestInit: 'write `headers:`',
  requestOptions: 'write `headers:`',
  sandboxEnabled: 'write `sandbox: required` to start the server only when it is confined',
  settings: 'hand over what the server needs in `env:` or `args:`',
  sseReadTimeout: TIMEOUT,
  startup_timeout_ms: START_TIMEOUT,
  startup_timeout_sec: START_TIMEOUT,
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

interface OtherType {
  readonly key: string
  readonly is: (value: unknown) => boolean
  readonly message: string
  readonly hint: string
}

/** Of our own keys, those that other hosts give another type. */
export const OTHER_TYPES: readonly OtherType[] = [
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
      (isRecord(value) && Object.keys(value).some((key) => OAUTH_OF_OTHERS.has(key))),
    message: '"oauth" is written as another host has it, and is ignored',
    hint: 'run "sidemux login SERVER"; only a client that you registered yourself is written here: `oauth: { clientId: … }`',
  },
  {
    key: 'sandbox',
    is: (value) => isRecord(value) && !Object.keys(value).some((key) => SANDBOX_KEYS.has(key)),
    message: '"sandbox" as a mapping is of another host and is ignored',
    hint: 'write `sandbox: required` to start the server only when it is confined',
  },
]

/** Those of our own mapping (confine/options.ts). */
const SANDBOX_KEYS: ReadonlySet<string> = new Set(['mode', 'read', 'write', 'devices', 'network'])

/** Keys beside `mcpServers` in the files of other hosts. */
export const HOST_ROOT_KEYS = [
  'globalShortcut',
  'inputs',
  'isUsingBuiltInNodeForMcp',
  'mcpServerProxies',
  'preferences',
  'projects',
  'schema',
]
