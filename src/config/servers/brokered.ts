/** Reads which variables of a server are brokered: `deliver: broker` with `hosts:`, where the server is one that can be. */
import { readSecretHost } from '../../egress/broker/hosts.ts'
import { DEFAULT_PLACES, type BrokerRule } from '../../egress/broker/options.ts'
import type { SandboxRules } from '../../confine/options.ts'
import { isDeclaredPlain, type Template } from '../../secrets/reference.ts'
import { unbrokered } from '../../upstream/launch/confined.ts'
import type { Confiner } from '../../confine/confiner/confiner.ts'
import type { Config } from '../config.ts'
import type { Mark } from '../problem.ts'
import type { ServerEntry } from './server-entry.ts'

/** Undefined when a finding says why. */
export function readBrokered(
  entry: ServerEntry,
  env: ReadonlyMap<string, Template>,
): ReadonlyMap<string, BrokerRule> | undefined {
  const rules = new Map<string, BrokerRule>()
  let good = true
  for (const [name, written] of Object.entries(entry.raw.env ?? {})) {
    if (typeof written === 'string') continue
    const { deliver = 'env', hosts, in: places } = written
    if (deliver === 'env') {
      for (const key of ['hosts', 'in'] as const)
        if (written[key] !== undefined) {
          good = false
          const hint = 'add "deliver: broker", or remove it'
          entry.refuse(['env', name, key], `"${key}" does nothing for a value that is handed over`, hint)
        }
      continue
    }
    const read = readHosts(entry, name, hosts)
    if (isDeclaredPlain(env.get(name))) {
      good = false
      entry.refuse(
        ['env', name, 'value'],
        'a value that is declared plain is no secret, and is not brokered',
        'take the plain: out, or "deliver: broker"',
      )
    }
    if (read === undefined) good = false
    else rules.set(name, { hosts: read, places: places ?? DEFAULT_PLACES })
  }
  return good ? rules : undefined
}

function readHosts(
  entry: ServerEntry,
  name: string,
  hosts: readonly string[] | undefined,
): BrokerRule['hosts'] | undefined {
  if (hosts === undefined)
    return entry.refuse(
      ['env', name],
      '"deliver: broker" names no hosts to which the value may go',
      'add them: hosts: [api.example.com]',
    )
  const read = hosts.map((text, at) => {
    const host = readSecretHost(text)
    if (host.ok) return host.host
    return entry.refuse(['env', name, 'hosts', at], `a host of "hosts" ${host.message}`, host.hint)
  })
  const good = read.filter((host) => host !== undefined)
  return good.length === read.length ? good : undefined
}

/** A broker stands in a way that must be the only one, so the server has to be confined and may not be without a network. */
export function canBroker(
  entry: ServerEntry,
  brokered: ReadonlyMap<string, BrokerRule>,
  { mode, network }: SandboxRules,
): boolean {
  const [name] = brokered.keys()
  if (name === undefined) return true
  if (mode === 'off') {
    entry.refuse(
      ['env', name],
      '"deliver: broker" needs the sandbox, which is off for this server',
      'remove "sandbox: off", or "deliver: broker"',
    )
    return false
  }
  if (network.kind === 'none') {
    entry.refuse(
      ['env', name],
      '"deliver: broker" needs a network, and this server has none',
      'remove "network: none", or hand the value over: "deliver: env"',
    )
    return false
  }
  return true
}

/** For `check`: a server whose secrets can't be brokered here is refused when it is started. */
export async function unbrokeredMarks(
  { servers }: Pick<Config, 'servers'>,
  confiner: () => Promise<Confiner>,
): Promise<readonly Mark[]> {
  const brokering = servers.flatMap((server) => {
    const [name] = server.launch.kind === 'stdio' ? server.launch.brokered.keys() : []
    return name === undefined ? [] : [{ server, name }]
  })
  const found = brokering.length === 0 ? undefined : await confiner()
  if (found === undefined || found.kind === 'bubblewrap') return []
  return brokering.map(({ server, name }): Mark => {
    const { message, hint } = unbrokered(server.id, found)
    return {
      ...server.fieldPosition(`env.${name}`),
      severity: 'error',
      message,
      ...(hint === undefined ? {} : { hint }),
    }
  })
}
