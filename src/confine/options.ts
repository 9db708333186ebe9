/** The key `sandbox:` of a server: whether it is confined, and what it may have beyond what its entry shows. */
import { z } from 'zod'
import { hostRule, networkRules, type NetworkRules } from './network.ts'

const mode = z.enum(['auto', 'off', 'required'])

const path = z.string().min(1).describe('A path, relative to servers.yaml; ~ is your home.')

const host = z
  .string()
  .refine((text) => hostRule(text) !== undefined, {
    error:
      'expected a host such as api.example.com, *.example.com, db.example.com:5432, localhost:8080 or 10.0.0.5:22',
  })
  .describe(
    'A host by name or address, with a port or without: then 443, 80 and those that the entry shows for it.',
  )

export const sandboxOption = z
  .union(
    [
      mode,
      z.strictObject({
        mode: mode.optional().describe('Default: auto, or what defaults say.'),
        read: z.array(path).optional().describe('What it may read beside what its entry shows.'),
        write: z.array(path).optional().describe('What it may read and write.'),
        devices: z
          .array(z.string().regex(/^\/dev\/./, 'expected a path below /dev'))
          .optional()
          .describe('Devices that it may use, such as /dev/dri or /dev/ttyUSB0.'),
        network: z
          .union([z.enum(['all', 'loopback', 'none']), z.array(host).max(64)], {
            error: 'expected all, loopback, none, or a list of hosts',
          })
          .optional()
          .describe(
            'none: no network at all. loopback: this machine, at the ports that the entry shows. A list: these hosts only, by name, `*.suffix`, address or network, each with `:port` or without. Default: all.',
          ),
      }),
    ],
    { error: 'expected auto, off, required, or a mapping such as { read: [~/Documents] }' },
  )
  .describe(
    'auto: confined where this machine can, else it runs with a warning. required: not started unless confined. off: never confined. A mapping says what a confined server may have beyond what its entry shows.',
  )

type SandboxOption = z.output<typeof sandboxOption>

export interface SandboxRules {
  readonly mode: 'auto' | 'off' | 'required'
  readonly read: readonly string[]
  readonly write: readonly string[]
  readonly devices: readonly string[]
  readonly network: NetworkRules
}

/** What an entry doesn't say is as in `defaults`. */
export function sandboxRules(option: SandboxOption = {}, defaults: SandboxOption = {}): SandboxRules {
  const {
    mode: written = 'auto',
    read = [],
    write = [],
    devices = [],
    network = 'all',
  } = { ...asMapping(defaults), ...asMapping(option) }
  return { mode: written, read, write, devices, network: networkRules(network) }
}

function asMapping(option: SandboxOption): Exclude<SandboxOption, string> {
  return typeof option === 'string' ? { mode: option } : option
}
