/**
 * Makes what brokers the secrets of one run of a server: who stands in the way of its requests, and what has the server
 * trust him.
 */
import { readFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'
import { realFiles } from '../../confine/real-files.ts'
import type { Trust } from '../../net/trust.ts'
import type { InsideFile } from '../egress.ts'
import type { Destination, Interceptor } from '../interceptor.ts'
import { Authority } from './authority/authority.ts'
import { Broker } from './broker.ts'
import type { BrokeredSecrets } from './brokered.ts'
import { isOfThisMachine } from './hosts.ts'
import { trustOf } from './trusted.ts'

export interface BrokeringOrder {
  readonly server: string
  readonly secrets: BrokeredSecrets
  /** As the server is launched with it. */
  readonly env: Readonly<Record<string, string>>
  /** sidemux's own. */
  readonly ownEnv: NodeJS.ProcessEnv
  /** Which certificates the hosts may show; Node's own choice when absent. */
  readonly trust?: Trust | undefined
  onDelivery(field: string, host: string): Promise<void>
}

export interface Brokering {
  readonly interceptor: Interceptor
  /** Where he answers. */
  readonly hosts: readonly Destination[]
  readonly files: readonly InsideFile[]
  /** On top of the server's own. */
  readonly env: Readonly<Record<string, string>>
  close(): void
}

const MAX_TRUSTED = 4 * 1024 * 1024

export function openBrokering(order: BrokeringOrder): Brokering {
  const { server, secrets, env, ownEnv, trust } = order
  const rules = secrets.all.flatMap(({ hosts }) => hosts)
  const authority = new Authority(server, [...new Set(rules.map(({ host }) => host))])
  const broker = new Broker({
    secrets,
    authority,
    trust,
    onDelivery: async (field, host) => order.onDelivery(field, host),
  })
  const extra = ownEnv['NODE_EXTRA_CA_CERTS']
  const trusted = trustOf({
    authority: authority.pem,
    usual: rootCertificates,
    env,
    extra: extra === '' ? undefined : extra,
    text: certificatesIn,
    real: (path) => realFiles.real(path),
  })
  return {
    interceptor: broker,
    hosts: rules.map(({ host, port }) => ({ host: isOfThisMachine(host) ? 'localhost' : host, port })),
    ...trusted,
    close: () => broker.close(),
  }
}

function certificatesIn(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8')
    return text.length <= MAX_TRUSTED && text.includes('-----BEGIN CERTIFICATE-----') ? text : undefined
  } catch {
    return undefined
  }
}
