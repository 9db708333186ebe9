/** One entry of `servers:` as far as it says how the child is launched; the tool rules are policy's. */
import { z } from 'zod'
import { installOption } from '../packages/options.ts'
import { sandboxOption } from '../confine/options.ts'
import { duration } from '../duration.ts'
import { deliveryOption } from '../egress/broker/options.ts'
import { accessOptions } from '../secrets/access/options.ts'
import { environmentName } from '../secrets/environment.ts'
import { limitsOption } from './limits.ts'

export const replaceOption = z
  .enum(['beside', 'after'])
  .describe(
    'beside: when a secret or the entry changes, another process gets ready beside the one that works, which is the default. after: the first is ended before, for a server that can run only once.',
  )

const GRACE = { least: 100, most: 300_000 } as const

/** Less would end what ends well, and beyond this a host's next start is long there. */
export const stopGraceOption = duration
  .refine((ms) => ms >= GRACE.least && ms <= GRACE.most, 'expected a duration from 100ms to 5m')
  .describe(
    'How long a server may take to end: its stdin is closed, after 1s (or half of it) comes SIGTERM, when it is over SIGKILL. Default 2s; 10s for docker, podman, nerdctl and finch.',
  )

export const startOption = z
  .enum(['eager', 'lazy'])
  .describe(
    "lazy: it starts when something of it is called first, as long as what it offers is known from before; nothing else needs it to run. eager: it starts with sidemux, and isn't ended for being idle unless it has an idle of its own. Default lazy.",
  )

const LEAST_IDLE_MS = 100

/** Milliseconds; 0 for never. */
export const idleOption = z
  .union([z.literal('off'), z.literal(0), duration], {
    error: 'expected a duration such as 10m, or off',
  })
  .transform((idle) => (typeof idle === 'string' ? 0 : idle))
  .refine((ms) => ms === 0 || ms >= LEAST_IDLE_MS, 'expected a duration from 100ms, or off')
  .describe(
    'A server that nobody has called for so long is ended, and started again by the next call; what it has in memory only is gone then. off: never. Default 10m.',
  )

/** Text; an unquoted number or true in the file counts as it is written there. */
const asWritten = z.string().meta({ type: ['string', 'number', 'boolean'] })

const variableName = z.string().regex(/^[^=\0]+$/, 'expected a variable name')

const headers = z.record(variableName, asWritten)

const variables = z.record(
  variableName,
  z.union([asWritten, deliveryOption(asWritten)], {
    error: 'expected text, or a mapping with "value"',
  }),
)

export const leaseOptions = z
  .strictObject({
    store: z.string().describe('The store that issues the lease.'),
    path: z.string().describe('What to lease, in the words of the store.'),
    ttl: duration.optional().describe('How long to ask for.'),
  })
  .describe('A credential that is made for this server alone and given back.')

export const oauthOptions = z
  .strictObject({
    clientId: z
      .string()
      .min(1)
      .optional()
      .describe('The client that was registered for sidemux, or the https address of its metadata document.'),
    clientSecret: z
      .string()
      .optional()
      .describe('Its secret, as a reference: "${local:example/CLIENT_SECRET}".'),
    scopes: z
      .union([z.array(z.string().min(1)), z.string()], { error: 'expected a list of scopes' })
      .optional()
      .describe('What to ask for. Default: what the server asks for.'),
    callbackPort: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe('The port on 127.0.0.1 that the browser comes back to. Default: any free one.'),
  })
  .describe('As which client "sidemux login" logs in. Only where the login server registers none by itself.')

export const inheritProxyOption = z
  .boolean()
  .describe(
    "Hands over your company's proxy and certificate authority, as sidemux's own environment has them: HTTPS_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS, SSL_CERT_FILE and the like. Default false.",
  )

export const launchOptions = {
  command: z
    .string()
    .min(1)
    .optional()
    .describe('The program. A path with a slash is relative to servers.yaml.'),
  args: z
    .array(asWritten)
    .optional()
    .describe(
      'Arguments. Only ${env:…} and ${plain:…} references, and no secret: argv is readable by others.',
    ),
  cwd: z
    .string()
    .optional()
    .describe('Working directory, relative to servers.yaml. Default: the directory of servers.yaml.'),
  env: variables
    .optional()
    .describe(
      'Variables of this server; references are resolved when it starts. What they bring is masked, unless it is declared to be no secret: ${plain:…}. With deliver: broker the server gets a placeholder in place of a value.',
    ),
  inheritEnv: z
    .array(z.string().regex(/^[^=\0*\s]+$/, 'expected a variable name'))
    .optional()
    .describe("Names to hand over from sidemux's own environment."),
  inheritProxy: inheritProxyOption.optional(),
  install: installOption.optional(),
  url: z.string().optional().describe('A remote server.'),
  headers: headers.optional().describe('Headers for a remote server; references are resolved.'),
  oauth: oauthOptions.optional(),
  allowPrivate: z
    .boolean()
    .optional()
    .describe(
      'A remote server may name addresses on this machine and in private networks for its login. Default: only where it is itself.',
    ),
  caCert: z
    .string()
    .min(1)
    .optional()
    .describe(
      "PEM file of the certificate authority of a remote server and of its login server, trusted beside Node's; relative to servers.yaml.",
    ),
  type: z
    .enum(['stdio', 'local', 'http', 'streamable-http', 'streamableHttp', 'sse'])
    .optional()
    .describe('Transport; told from command or url when absent.'),
  environments: z
    .array(environmentName)
    .refine((names) => names.length > 0, {
      message: 'expected at least one environment',
      params: { hint: 'name one, as in [dev], or remove the key; disabled: true starts it nowhere' },
    })
    .meta({ minItems: 1 })
    .optional()
    .describe('Start it in these environments only. Default: in every one.'),
  disabled: z.boolean().optional().describe('Keep the entry, start nothing.'),
  allowSecretsInArgs: z
    .boolean()
    .optional()
    .describe('Accept secrets in args and url although others can read them.'),
  leases: z
    .record(z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'expected a name of a-z, 0-9 and -'), leaseOptions)
    .optional()
    .describe('Leased credentials by name.'),
  auth: accessOptions.optional(),
  timeout: duration.optional().describe('How long a call may stay without result or progress. Default 60s.'),
  startTimeout: duration
    .optional()
    .describe('How long it may take from launch to its tool list. Default 60s.'),
  drain: duration
    .optional()
    .describe(
      'How long calls under way may hold up the end of a process that another has replaced. Default: ten times timeout.',
    ),
  start: startOption.optional(),
  idle: idleOption.optional(),
  replace: replaceOption.optional(),
  stopGrace: stopGraceOption.optional(),
  sandbox: sandboxOption.optional(),
  limits: limitsOption.optional(),
  description: z
    .string()
    .optional()
    .describe('What it is for, in one line: hosts are told when they connect.'),
}

export type LeaseOptions = z.output<typeof leaseOptions>
export type StartOption = z.output<typeof startOption>
export type ReplaceOption = z.output<typeof replaceOption>
