/**
 * One made-up token of each kind and form, put together at run time: none of them ever worked, and none stands in a file
 * where a scanner would take it for one that does.
 */
import { chars, TOKENS } from '../../checkup/leaks/support.ts'

const HEX = '0123456789abcdef'
const DIGITS = '0123456789'
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const hex = (length: number, seed = 'h'): string => chars(length, seed, HEX)
const upper = (length: number, seed = 'u'): string => chars(length, seed, UPPER)
const digits = (length: number, seed = 'd'): string => chars(length, seed, DIGITS)
const uuid = (seed = 'i'): string =>
  [8, 4, 4, 4, 12].map((length, at) => hex(length, `${seed}${at}`)).join('-')
const j = (...parts: string[]): string => parts.join('')
const base64url = (text: string): string => Buffer.from(text).toString('base64url')
const jwt = (): string =>
  j(
    base64url('{"alg":"HS256","typ":"JWT"}'),
    '.',
    base64url('{"sub":"1234","name":"x"}'),
    '.',
    chars(43, 'jwt'),
  )

export type Sample = readonly [what: string, token: string]

export const SAMPLES: readonly Sample[] = [
  ...TOKENS,
  ...['gho', 'ghu', 'ghs', 'ghr'].map((prefix): Sample => [
    'a GitHub token',
    j(prefix, '_', chars(36, prefix)),
  ]),
  ['a GitHub token', j('gh', 's_', digits(6), '_', jwt())],
  ...['gldt', 'glrt', 'glcbt', 'glptt', 'glft', 'glimt', 'glagent', 'gloas', 'glsoat'].map(
    (prefix): Sample => ['a GitLab token', j(prefix, '-', chars(20, prefix))],
  ),
  ['a GitLab token', j('glp', 'at-', chars(27, 'gl'), '.01.', chars(9, 'gm'))],
  ['a Slack token', j('xo', 'xp-', digits(12), '-', digits(12, 'e'), '-', digits(12, 'f'), '-', hex(32))],
  ['a Slack token', j('xa', 'pp-1-A', upper(10), '-', digits(13), '-', hex(64))],
  ['a Slack token', j('xo', 'xe.xoxp-1-', chars(160))],
  ['a Google API key', j('AI', 'za', chars(35, 'goog'))],
  ['a Google OAuth client secret', j('GOC', 'SPX-', chars(28, 'gs'))],
  ['a Google access token', j('ya', '29.', chars(120, 'ya'))],
  ...['sk_live', 'sk_test', 'rk_live', 'rk_test'].map((prefix): Sample => [
    'a Stripe key',
    j(prefix, '_', chars(24, prefix)),
  ]),
  ['a Stripe key', j('sk', '_live_', '51', chars(97, 'st'))],
  ['a Stripe webhook secret', j('wh', 'sec_', chars(32, 'wh'))],
  ['an AWS access key id', j('AK', 'IA', upper(16))],
  ['an AWS access key id', j('AS', 'IA', upper(16, 'v'))],
  ['a JSON Web Token', jwt()],
  ['a PyPI token', j('py', 'pi-AgEIcHlwaS5vcmc', chars(120, 'py'))],
  ...['pt', 'ct', 'sa', 'scim', 'audit', 'said'].map((part): Sample => [
    'a Doppler token',
    j('d', 'p.', part, '.', chars(43, part)),
  ]),
  ['a Doppler token', j('d', 'p.st.', 'dev_personal.', chars(43, 'dst'))],
  ['a DigitalOcean token', j('do', 'p_v1_', hex(64))],
  ['a DigitalOcean token', j('do', 'o_v1_', hex(64))],
  [
    'a Sentry token',
    j(
      'sntr',
      'ys_',
      Buffer.from('{"iat":17.1,"url":"https://sentry.io","org":"acme"}').toString('base64'),
      '_',
      chars(43, 'se'),
    ),
  ],
  ['a Sentry token', j('sntr', 'yu_', hex(64))],
  ['a Postman key', j('PM', 'AK-', hex(24), '-', hex(34))],
  ['an Anthropic API key', j('sk', '-ant-admin01-', chars(93), 'AA')],
  ['an Anthropic API key', j('sk', '-ant-oat01-', chars(95))],
  ['an OpenAI API key', j('sk', '-proj-', chars(74, 'o1'), 'T3Blbk', 'FJ', chars(74, 'o2'))],
  ['an OpenAI API key', j('sk', '-proj-', chars(48, 'o3'))],
  ['an OpenAI API key', j('sk', '-svcacct-', chars(58, 'o4'), 'T3Blbk', 'FJ', chars(58, 'o5'))],
  ['an OpenAI API key', j('sk', '-', chars(48, 'o6'))],
  ['an OpenRouter key', j('sk', '-or-v1-', hex(64))],
  ['a Hugging Face token', j('h', 'f_', chars(34, 'hf'))],
  ['a Twilio key', j('S', 'K', hex(32))],
  ['a Telegram bot token', j(digits(10), ':A', 'A', chars(33, 'tg'))],
  ['a Discord bot token', j('MT', chars(22, 'dc'), '.', chars(6, 'dd'), '.', chars(38, 'de'))],
  ['a Shopify token', j('shp', 'at_', hex(32))],
  ['a Shopify token', j('shp', 'ss_', hex(32))],
  ['a Square token', j('sq0', 'atp-', chars(22, 'sq'))],
  ['a Square token', j('EA', 'AAl', chars(59, 'sr'))],
  ['a Notion token', j('nt', 'n_', digits(11), chars(35, 'nt'))],
  ['a Notion token', j('sec', 'ret_', chars(43, 'no'))],
  ['a Linear API key', j('lin', '_oauth_', hex(64))],
  ['a Figma token', j('fi', 'gd_', chars(40, 'fi'))],
  ['an Azure client secret', j(chars(3, 'az'), '8Q', '~', chars(34, 'aa'))],
  ['a Databricks token', j('da', 'pi', hex(32), '-3')],
  ['a Cloudflare token', j('cf', 'ut_', chars(40, 'cf'), hex(8))],
  ['a Vercel token', j('vc', 'p_', chars(56, 'vc'))],
  ['a Supabase key', j('sb', 'p_', hex(40))],
  ['a Supabase key', j('sb', '_secret_', chars(31, 'sb'))],
  ['an Infisical token', j('s', 't.', hex(24), '.', hex(32), '.', hex(32, 'k'))],
  ['an Infisical token', j('s', 't.', uuid(), '.', hex(32), '.', hex(32, 'k'))],
  ['a Vault token', j('hv', 's.CAESI', chars(86, 'va'))],
  ['a Vault token', j('hv', 's.', chars(24, 'vb'))],
  ['a Vault token', j('hv', 'b.', chars(150, 'vc'))],
  ['a Vault token', j('s', '.', chars(24, 'vd'))],
  ['a 1Password service account token', j('op', 's_eyJ', chars(300, 'op'))],
  ['an age secret key', j('AGE-SEC', 'RET-KEY-1', chars(58, 'age', 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L'))],
  ['a Neon key', j('na', 'pi_', chars(64, 'ne'))],
  ['a Tavily key', j('tv', 'ly-dev-', chars(32, 'tv'))],
  ['a Brave Search key', j('B', 'SA', chars(28, 'br'))],
  ['an Airtable token', j('pa', 't', chars(14, 'at'), '.', hex(64))],
  ['an Atlassian token', j('ATA', 'TT3', chars(186, 'al'))],
  ['a Grafana token', j('gl', 'c_', chars(100, 'gr'))],
]

/** Those that are no single word, and where the secret is in them. */
export const ADDRESSES: readonly (readonly [what: string, address: string, secret: string])[] = [
  slack(),
  discord(),
  dsn(),
  sas(),
  [
    'an Azure storage key',
    j('AccountName=x;Account', 'Key=', chars(86, 'st'), '=='),
    j(chars(86, 'st'), '=='),
  ],
  ['an address with a password', `https://me:${chars(16, 'pw')}@x.example/`, chars(16, 'pw')],
  ['an address with a token', `https://${chars(30, 'us')}@x.example/`, chars(30, 'us')],
]

function slack(): readonly [string, string, string] {
  const path = j('services/T', upper(10), '/B', upper(10, 'w'), '/', chars(24, 'sl'))
  return ['a Slack token', `https://hooks.slack.com/${path}`, path]
}

function discord(): readonly [string, string, string] {
  const path = j(digits(19), '/', chars(68, 'di'))
  return ['a Discord webhook', `https://discord.com/api/webhooks/${path}`, path]
}

function dsn(): readonly [string, string, string] {
  return ['a Sentry address', `https://${hex(32, 'dsn')}@o1.ingest.example/42`, hex(32, 'dsn')]
}

function sas(): readonly [string, string, string] {
  const signature = j(chars(43, 'sig'), '%3D')
  return [
    'an Azure shared access signature',
    `https://x.blob.core.example/c?sv=2024-11-04&se=2027-01-01&sr=c&sp=rl&sig=${signature}`,
    signature,
  ]
}

/** Ordinary arguments, and what stands for a token. */
export const ORDINARY: readonly string[] = [
  '-y',
  '@modelcontextprotocol/server-github@2026.8.31',
  'mcp-server-fetch==2025.4.7',
  uuid(),
  hex(40),
  hex(64),
  hex(7),
  `sha256:${hex(64)}`,
  `ghcr.io/github/github-mcp-server@sha256:${hex(64)}`,
  `sha512-${Buffer.from(chars(64, 'int')).toString('base64')}`,
  `data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA${chars(400, 'png')}+/AAAA${chars(60, 'q')}/EAAAAAAAAAAAA${chars(60, 'r')}`,
  `/home/dev/projects/${chars(24, 'dir')}/dist/index.js`,
  'C:\\Users\\dev\\AppData\\Roaming\\npm\\node_modules\\x\\dist\\cli.js',
  '/nix/store/0c3vkxkqzbyajfmwbqmrwxq0frlsy2b2-nodejs-20.19.0/bin/node',
  'https://mcp.example.com/sse?project=1234567890&region=eu-central-1',
  'https://github.com/modelcontextprotocol/servers/archive/refs/tags/2026.8.31.tar.gz',
  `https://x.example/${uuid('p')}/mcp`,
  `git+https://github.com/acme/server.git#${hex(40)}`,
  'postgres://localhost:5432/app',
  'arn:aws:iam::123456789012:role/reader',
  'npm_config_registry',
  'npm_package_devDependencies_some_long_package_name',
  '--max-old-space-size=4096',
  '--allowed-directories=/srv/data,/tmp',
  '--key-file=/etc/ssl/server.pem',
  '--token-limit=1000',
  '--use-keychain=true',
  '{"maxTokens": 4096, "author": "someone@example.org"}',
  'YOUR_TOKEN',
  '--token=YOUR_TOKEN',
  '--api-key=your-api-key-here',
  '--api-key=<your key>',
  'TOKEN=$TOKEN',
  'TOKEN=%TOKEN%',
  'TOKEN={{TOKEN}}',
  'GITHUB_TOKEN=GITHUB_TOKEN',
  '<token>',
  j('gh', 'p_xxxxxxxx'),
  j('gh', 'p_', 'x'.repeat(36)),
  j('sk', '-ant-api03-', '...'),
  j('sk', '-', 'X'.repeat(48)),
  j('AK', 'IAIOSFODNN7EXAMPLE'),
  'https://user:<password>@x.example/',
  'https://x.example/?api_key=YOUR_API_KEY',
  'Authorization: Bearer <token>',
  'Authorization: Bearer YOUR_TOKEN',
  'Basic authentication',
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZha2VrZXlmYWtla2V5ZmFrZWtleWZha2VrZXlm me@host',
]
