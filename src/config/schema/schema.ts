/**
 * The schema of servers.yaml. Each room describes its own slice in its options.ts; here they are only put together.
 * What editors read, servers.schema.json, is generated from it by write-json-schema.ts.
 */
import { z } from 'zod'
import { approvalsOptions } from '../../approval/options.ts'
import { auditOptions } from '../../audit/options.ts'
import { pinOption, validateOption } from '../../catalog/options.ts'
import { duration } from '../../duration.ts'
import { profileOptions, promptRules, rateLimit, resourceRules, toolRules } from '../../policy/options.ts'
import { relayOptions } from '../../relay/options.ts'
import { environmentName } from '../../secrets/environment.ts'
import { secretsOptions } from '../../secrets/stores/options.ts'
import { sandboxOption } from '../../confine/options.ts'
import { maxResultOption } from '../../spill/options.ts'
import { surfaceOption } from '../../surface/options.ts'
import { trustOption } from '../../trust/options.ts'
import { installOption } from '../../packages/options.ts'
import {
  idleOption,
  inheritProxyOption,
  launchOptions,
  startOption,
  stopGraceOption,
} from '../../upstream/options.ts'
import { limitsOption } from '../../upstream/limits.ts'
import { HOST_KEYS } from '../paste/host-keys.ts'
import { RESERVED_SERVER } from '../../approval/facts/request.ts'

/** In the schema so that an editor doesn't underline what a paste brings along; paste/ takes them out. */
const hostKeys: object = Object.fromEntries(
  Object.keys(HOST_KEYS).map((key) => [
    key,
    z
      .unknown()
      .optional()
      .meta({ deprecated: true, description: 'Of another host: ignored, allows nothing.' }),
  ]),
)

export const serverOptions = z
  .strictObject({
    ...launchOptions,
    tools: toolRules.optional(),
    prompts: promptRules.optional(),
    resources: resourceRules.optional(),
    ...relayOptions,
    rateLimit: rateLimit.optional(),
    validate: validateOption.optional(),
    maxResult: maxResultOption.optional(),
    pin: pinOption.optional(),
    ...hostKeys,
  })
  .describe('One MCP server, local (command) or remote (url).')

const serversOptions = z.record(z.string(), serverOptions).meta({
  // What is read is judged in ids.ts, which knows what a pasted name becomes.
  propertyNames: { not: { const: RESERVED_SERVER } },
})

export const defaultsOptions = z
  .strictObject({
    rateLimit: rateLimit.default('600/minute'),
    timeout: duration.prefault('60s').describe('How long a call may stay without result or progress.'),
    startTimeout: duration.prefault('60s').describe('How long it may take from launch to the tool list.'),
    listWait: duration
      .optional()
      .describe(
        'How long the first list request waits for servers that are still starting and of which nothing is known; 4s, or what is known of the host.',
      ),
    drain: duration
      .optional()
      .describe(
        'How long calls under way may hold up the end of a process that another has replaced. Default: ten times timeout.',
      ),
    start: startOption.optional(),
    idle: idleOption.optional(),
    stopGrace: stopGraceOption.optional(),
    sandbox: sandboxOption.default('auto'),
    limits: limitsOption.prefault({}),
    inheritProxy: inheritProxyOption.default(false),
    install: installOption.default('auto'),
    maxResult: maxResultOption.optional(),
  })
  .describe('What holds for every server that says nothing else.')

const profilesOptions = z
  .record(
    z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/),
    profileOptions
      .extend({ surface: surfaceOption.optional() })
      .describe('A role: which servers and tools one host entry gets.'),
  )
  .describe('Profiles by name, chosen with --profile.')

export const environmentOption = environmentName.describe(
  'Which set of secrets; --environment and $SIDEMUX_ENVIRONMENT override it.',
)

export const configOptions = z
  .strictObject({
    $schema: z.string().optional().describe('For editors.'),
    version: z.literal(1).describe('The version of this format.'),
    environment: environmentOption.default('dev'),
    secrets: secretsOptions.prefault({}),
    servers: serversOptions.describe(
      'The MCP servers by id: a-z, 0-9 and -, at most 16 characters, and not sidemux.',
    ),
    mcpServers: serversOptions.optional().describe('In place of servers: the object as other hosts have it.'),
    defaults: defaultsOptions.prefault({}),
    trust: trustOption.default('ask'),
    pin: pinOption.default('trust-first'),
    approvals: approvalsOptions.prefault({}),
    audit: auditOptions.prefault({}),
    profiles: profilesOptions.prefault({}),
    surface: surfaceOption.optional(),
  })
  .describe('Configuration of sidemux.')

export type RawConfig = z.output<typeof configOptions>
export type RawServer = z.output<typeof serverOptions>
