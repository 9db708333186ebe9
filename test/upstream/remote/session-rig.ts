/** A fleet with one remote server that keeps sessions, for one test. */
import { expect } from 'vitest'
import { startSessions, type SessionServer, type SessionsSettings } from '../../servers/remote/sessions.mjs'
import { startFleet, type TestFleet } from '../harness.ts'
import { remoteSpec, until } from './support.ts'
import { onTestFinished } from '../../together.ts'

/** What is said of a call that was sent, and whose end nobody knows. */
export const MAY_HAVE = 'The call may have taken effect; check before trying again.'

export async function rig(
  settings: Partial<SessionsSettings> = {},
  transport: 'http' | 'sse' = 'http',
  deps: Parameters<typeof startFleet>[1] = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<TestFleet & { server: SessionServer; far: ReturnType<TestFleet['child']> }> {
  const server = await startSessions(settings)
  onTestFinished(() => server.close())
  const url = transport === 'sse' ? server.sseUrl : server.url
  const fleet = startFleet([remoteSpec('far', url, { transport, headers })], deps)
  await fleet.fleet.settled()
  const far = fleet.child('far')
  expect(far.state.kind).toBe('ready')
  if (settings.stream !== false && transport === 'http')
    await until(() => [...server.sessions.values()].some((stream) => stream !== undefined), 'it listens')
  return { ...fleet, server, far }
}
