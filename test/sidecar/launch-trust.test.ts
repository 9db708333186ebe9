/**
 * Whoever looks into the book of trusted launches, and why: what may start by it is started, and what may not run any
 * more ends (promise 5).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { ApprovalRequest, Decision } from '../../src/approval/question/decision.ts'
import type { ApprovalQueue } from '../../src/approval/queue.ts'
import type { Config } from '../../src/config/config.ts'
import { launchFactsOf } from '../../src/config/for-rooms.ts'
import type { Logger } from '../../src/log.ts'
import type { Journal } from '../../src/sidecar/journal.ts'
import { LaunchTrust } from '../../src/sidecar/trust/launch-trust.ts'
import { TrustBook } from '../../src/trust/trust-book.ts'
import { configOf } from '../trust/support.ts'

const FILE = '/w/servers.yaml'
const of = (servers: Record<string, string>, rest: Partial<Config> = {}): Config => ({
  ...configOf({
    servers: Object.fromEntries(
      Object.entries(servers).map(([id, arg]) => [id, { command: 'x', args: [arg] }]),
    ),
  }),
  ...rest,
})

/** Two sidecars would be as one that another one's book changes. */
async function scene(config: Config, { isUnwritable = false } = {}) {
  const stateDir = mkdtempSync(join(tmpdir(), 'sidemux-launch-trust-'))
  const elsewhere = new TrustBook(stateDir, FILE)
  const done: string[] = []
  const asked: { readonly request: ApprovalRequest; readonly answer: (decision: Decision) => void }[] = []
  const pending: object[] = []
  let changed: () => void = () => undefined
  let running = config
  const queue = {
    desk: {
      onChange: (listener: () => void) => {
        changed = listener
        return () => undefined
      },
      pending: () => pending,
    },
    decide: async (request: ApprovalRequest, _asker: unknown, signal: AbortSignal) =>
      new Promise<Decision>((answer) => {
        asked.push({ request, answer })
        signal.addEventListener('abort', () =>
          answer({ kind: 'refused', id: '', why: 'cancelled', detail: '' }),
        )
      }),
  } as unknown as ApprovalQueue
  const record = async (_type: string, { phase }: Record<string, unknown>): Promise<void> => {
    if (isUnwritable) throw new Error('the disk is full')
    done.push(String(phase))
  }
  const trust = new LaunchTrust(config, {
    stateDir,
    log: { error: (...said: unknown[]) => done.push(`error ${JSON.stringify(said)}`) } as unknown as Logger,
    journal: { record } as unknown as Journal,
    queue: () => queue,
    session: () => 's',
    running: () => running,
    onAgreed: (ids) => done.push(`begin ${ids.join()}`),
    onHeldAgreed: () => done.push('apply again'),
    onRevoked: (ids) => done.push(`end ${ids.join()}`),
    onChange: () => undefined,
  })
  onTestFinished(async () => {
    await trust.close()
    rmSync(stateDir, { recursive: true, force: true })
  })
  const accept = async (id: string, from: Config): Promise<void> => {
    const server = from.servers.find((one) => one.id === id)
    if (server === undefined) throw new Error('no such server')
    elsewhere.accept([{ id, facts: await launchFactsOf(server, from, async () => undefined) }], 1)
  }
  /** All looks that were due are over by then. */
  const settled = async (): Promise<readonly string[]> => {
    await trust.askNow(() => false)
    return done.splice(0)
  }
  return {
    trust,
    elsewhere,
    done,
    asked,
    accept,
    settled,
    runs: (config: Config) => (running = config),
    approve: (one: object) => {
      pending.splice(0, pending.length, one)
      changed()
      changed()
    },
  }
}

it('a launch that is revoked ends its server, also where an edit is what finds it', async () => {
  const before = of({ a: '1', b: '1' })
  const { trust, elsewhere, accept, settled, runs } = await scene(before)
  await accept('a', before)
  await accept('b', before)
  await trust.begin(before)
  const edited = of({ a: '1', b: '1', c: '1' })
  elsewhere.revoke(['a'])
  const held = await trust.holds(edited, before)
  runs(edited)
  trust.change(edited, held)
  expect(await settled()).toEqual(['end a'])
  expect(trust.waiting.map(({ id }) => id)).toEqual(['a', 'c'])
})

it('what goes on as it was is applied once somebody agrees, also where what it goes on by was revoked before', async () => {
  const before = of({ a: '1' })
  const { trust, elsewhere, accept, settled } = await scene(before)
  await accept('a', before)
  await trust.begin(before)
  const edited = of({ a: '2' })
  const held = await trust.holds(edited, before)
  expect([...held]).toEqual(['a'])
  trust.change(edited, held)
  expect([await settled(), trust.waits('a')]).toEqual([[], false])
  elsewhere.revoke(['a'])
  trust.change(edited, held)
  expect([await settled(), trust.waits('a')]).toEqual([['end a'], true])
  await accept('a', edited)
  trust.change(edited, held)
  // It isn't begun by the launch that was revoked.
  expect(await settled()).toEqual(['apply again'])
})

it('what somebody agrees to while an edit is being applied is not forgotten', async () => {
  const before = of({ a: '1' })
  const { trust, accept, settled } = await scene(before)
  await accept('a', before)
  await trust.begin(before)
  const edited = of({ a: '2' })
  const held = await trust.holds(edited, before)
  await accept('a', edited)
  trust.change(edited, held)
  expect(await settled()).toEqual(['apply again'])
})

it('an edit that makes a launch less, or asks nobody, starts what waited', async () => {
  const before = of({ a: '2', b: '1' })
  const { trust, accept, settled } = await scene(before)
  await accept('a', of({ a: '1' }))
  await trust.begin(before)
  trust.change(of({ a: '1', b: '1' }), new Set())
  expect(await settled()).toEqual(['begin a'])
  trust.change(of({ a: '1', b: '1' }, { trust: 'off' }), new Set())
  expect(await settled()).toEqual(['begin b'])
})

it('a yes that nothing waited for is taken once, and an end does not wait for one that nobody gives', async () => {
  const config = of({ a: '1' })
  const { trust, asked, approve, settled } = await scene(config)
  await trust.begin(config)
  trust.open({ kind: 'none', why: 'the host is silent' })
  await settled()
  const text = asked[0]?.request.text
  approve({ id: 'q', text, state: 'approved', facts: { kind: 'launch' } })
  expect(asked).toHaveLength(2)
  asked[1]?.answer({ kind: 'approved', id: 'q' })
  await expect.poll(() => trust.waiting).toEqual([])
  await trust.close()
})

it('a first use that can not be written down counts for nothing', async () => {
  const config = of({ a: '1' }, { trust: 'first-use' })
  const { trust, elsewhere } = await scene(config, { isUnwritable: true })
  await expect(trust.begin(config)).rejects.toThrow('the disk is full')
  expect(elsewhere.isEmpty).toBe(true)
})
