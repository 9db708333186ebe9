/** What the checks of every primitive share: how a peer is looked at, and how a name or a URI of the server is asked for. */
import { expect } from 'vitest'
import type { JsonObject, Peer, RawPeer } from './peer.ts'

export type Era = 'old' | 'new'

/** Between which two a check runs, and how the host names what the server offers. */
export interface Way {
  readonly peer: Peer
  /** Another host, launched as the first one: the same whenever it is asked for, and closed with the first. */
  again(): Promise<Peer>
  /** Where the host has no SDK: what came, as it came. */
  readonly raw: RawPeer | undefined
  /** Its id in servers.yaml. */
  readonly server: string
  readonly host: Era
  readonly child: Era
  /** False where the host launched the server itself, to prove that the check is right. */
  readonly through: boolean
  /** A tool's or a prompt's name. */
  name(own: string): string
  /** A resource's URI or a template. */
  uri(own: string): string
}

export interface Facts extends Pick<Way, 'host' | 'child' | 'through'> {
  /** An SDK shows less than what came. */
  readonly hasSdk: boolean
}

export interface Check {
  readonly name: string
  readonly run: (way: Way) => Promise<void>
  /** Why there is nothing to check between these two. */
  readonly because?: (facts: Facts) => string | undefined
}

export const SERVER = 'kid'

export function textOf(result: JsonObject): string {
  const [first] = (result['content'] ?? result['contents']) as { text?: string }[]
  return first?.text ?? ''
}

/** What a tool said in JSON. */
export async function said(way: Way, tool: string, args: JsonObject = {}): Promise<JsonObject> {
  const result = await way.peer.call(way.name(tool), args)
  expect(result['isError'], JSON.stringify(result)).not.toBe(true)
  return JSON.parse(textOf(result)) as JsonObject
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

export const heardOf = ({ peer }: Way, method: string): JsonObject[] =>
  peer.heard.filter((heard) => heard.method === method).map(({ params }) => params)

export function only<T>(all: readonly T[], what: string): T {
  const [one] = all
  if (one === undefined || all.length > 1) throw new Error(`${all.length} instead of one: ${what}`)
  return one
}
