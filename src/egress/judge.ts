/**
 * Judges where a server wants to go: decides (decide.ts), resolves the name in between, and opens the way. What was judged
 * is what is connected to: there is no second look-up that could answer otherwise (DNS rebinding). Behind a company's proxy
 * it is the proxy that resolves; it is asked for nothing that resolves here to what may not be reached.
 */
import { connect, isIP, type LookupFunction, type Socket } from 'node:net'
import type { LookupAddress } from 'node:dns'
import { kindOf } from '../net/address.ts'
import { coded, failureCode } from '../net/failure.ts'
import { proxyFor } from '../net/proxy.ts'
import { PROBE_MS, tunnel } from '../net/tunnel.ts'
import { withDeadline } from '../secrets/abort.ts'
import { flawOfAddress, flawOfHidden, leaveOf, type EgressRules, type WhyRefused } from './decide.ts'
import type { Destination, Interceptor } from './interceptor.ts'
import type { Lookups } from './lookup.ts'
import { isNamedBy, isThisMachine } from './names.ts'

export interface JudgeDeps {
  readonly rules: EgressRules
  readonly interceptor?: Interceptor | undefined
  readonly lookups: Lookups
  /** Where the variables of a company's proxy are. */
  readonly env: NodeJS.ProcessEnv
  /** Ports of this machine at which a sidemux listens. */
  doors(): Promise<ReadonlySet<number>>
}

export type JudgedWay =
  /** Given up once nobody wants it any more (`gone`); whoever has got it ends it. */
  | { readonly kind: 'open' | 'intercept'; readonly connect: (gone: AbortSignal) => Promise<Socket> }
  | { readonly kind: 'refused'; readonly why: WhyRefused; readonly address?: string }
  /** No way there, by no rule of ours; the code is of the system. */
  | { readonly kind: 'failed'; readonly code: string }

const CONNECT_MS = 30_000

/** Never rejects. */
export async function wayTo(to: Destination, deps: JudgeDeps): Promise<JudgedWay> {
  const leave = leaveOf(to, deps.rules, deps.interceptor)
  if (leave.kind === 'refuse') return { kind: 'refused', why: leave.why }
  try {
    const target = new URL(`https://${isIP(to.host) === 6 ? `[${to.host}]` : to.host}:${to.port}`)
    const proxy = isThisMachine(to.host) ? undefined : proxyFor(target, deps.env)
    const found = await addressesOf(to, deps).catch((error: unknown) => {
      if (proxy === undefined) throw error
      return []
    })
    const hasLoopback = found.some(({ address }) => kindOf(address) === 'loopback')
    const doors = hasLoopback ? await deps.doors() : new Set<number>()
    const judged = found.map((one) => ({ one, why: flawOfAddress(one.address, to, deps.rules, doors) }))
    const bad = judged.find(({ why }) => why !== undefined)
    const good = judged.flatMap(({ one, why }) => (why === undefined ? one : []))
    if (bad?.why !== undefined && (good.length === 0 || proxy !== undefined))
      return { kind: 'refused', why: bad.why, address: bad.one.address }
    const hidden = found.length === 0 ? flawOfHidden(to, deps.rules) : undefined
    if (hidden !== undefined) return { kind: 'refused', why: hidden }
    return {
      kind: leave.kind === 'intercept' ? 'intercept' : 'open',
      connect: async (gone) =>
        withDeadline(
          CONNECT_MS,
          () => coded('ETIMEDOUT'),
          [gone],
          async (until) => (proxy === undefined ? straight(to, good, until) : through(proxy, target, until)),
        ),
    }
  } catch (error) {
    return { kind: 'failed', code: failureCode(error) }
  }
}

/** What becomes of a name before anything is connected to. */
export async function judgeName(
  host: string,
  deps: JudgeDeps,
): Promise<'known' | 'refused' | 'unknown' | 'failed'> {
  const { network } = deps.rules
  if (network.kind === 'none') return 'refused'
  if (network.kind === 'named' && !network.hosts.some((rule) => isNamedBy(rule, { host }))) return 'refused'
  try {
    if (proxyFor(new URL(`https://${host}`), deps.env) === undefined) await deps.lookups.find(host)
    return 'known'
  } catch (error) {
    return failureCode(error) === 'EAI_AGAIN' ? 'failed' : 'unknown'
  }
}

async function addressesOf({ host }: Destination, { lookups }: JudgeDeps): Promise<readonly LookupAddress[]> {
  if (isLoopback(host)) return LOOPBACK
  const family = isIP(host)
  return family === 0 ? lookups.find(host) : [{ address: host, family }]
}

/**
 * A program that names localhost takes the first of its addresses at which something listens, which in its own network is
 * the relay at both. So here the other one is tried too.
 */
const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
]

function isLoopback(host: string): boolean {
  return LOOPBACK.some(({ address }) => address === host)
}

function straight(
  { host, port }: Destination,
  addresses: readonly LookupAddress[],
  until: AbortSignal,
): Promise<Socket> {
  const [first] = addresses
  const lookup: LookupFunction = (_, options, done) => {
    if (options.all === true) done(null, [...addresses])
    else done(null, first?.address ?? '', first?.family)
  }
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: isLoopback(host) ? 'localhost' : host,
      port,
      lookup,
      noDelay: true,
      allowHalfOpen: true,
    })
    const giveUp = (): void => void socket.destroy(until.reason as Error)
    if (until.aborted) giveUp()
    until.addEventListener('abort', giveUp)
    socket.on('error', reject)
    socket.once('connect', () => {
      socket.setKeepAlive(true, PROBE_MS)
      resolve(socket)
    })
  })
}

async function through(proxy: URL, target: URL, until: AbortSignal): Promise<Socket> {
  const socket = await tunnel({ proxy, target, trust: undefined }, until)
  return socket
    .on('error', () => undefined)
    .setNoDelay(true)
    .setKeepAlive(true, PROBE_MS)
}
