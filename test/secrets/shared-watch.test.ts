/** Many servers that read one folder: what it costs the back end, and that each hears of its own change only. */
import { describe, expect, test, vi } from 'vitest'
import { StoreError, type Store } from '../../src/secrets/store.ts'
import { openStore } from '../../src/secrets/stores/index.ts'
import { SharedWatch } from '../../src/secrets/stores/shared/shared-watch.ts'
import { Wishes } from '../../src/secrets/stores/shared/wishes.ts'
import { startDoppler } from '../servers/doppler.mjs'
import { startInfisical } from '../servers/infisical.mjs'
import { onTestFinished, together } from '../together.ts'

together()

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

interface BackEnd {
  readonly store: Store
  readonly asked: () => number
  readonly set: (name: string, value: string) => void
}

async function infisical(pollMs: number): Promise<BackEnd> {
  const secrets: Record<string, string> = { A: 'first-value-a', B: 'first-value-b' }
  const server = await startInfisical({ secrets: { dev: { '/all': secrets } } })
  onTestFinished(() => server.close())
  const { clientId, clientSecret, projectId, url: siteUrl } = server
  const auth = { method: 'universal-auth' as const, clientId, clientSecret }
  const context = { environment: 'dev', baseDir: '/', env: {}, pollMs }
  const options = { type: 'infisical' as const, siteUrl, projectId, environment: 'dev', auth }
  const store = await openStore('team', options, context)
  onTestFinished(() => store.close())
  const live = server.secrets['dev']?.['/all'] ?? {}
  return { store, asked: () => server.count('list'), set: (name, value) => void (live[name] = value) }
}

async function doppler(pollMs: number): Promise<BackEnd> {
  const server = await startDoppler({ secrets: { A: 'first-value-a', B: 'first-value-b' } })
  onTestFinished(() => server.close())
  const options = { type: 'doppler' as const, siteUrl: server.url, token: server.token }
  const store = await openStore('team', options, { environment: 'dev', baseDir: '/', env: {}, pollMs })
  onTestFinished(() => store.close())
  return { store, asked: () => server.requests.length, set: (name, value) => server.set(name, value) }
}

describe.concurrent.each<[string, (pollMs: number) => Promise<BackEnd>, path: (name: string) => string]>([
  ['Infisical', infisical, (name) => `/all/${name}`],
  ['Doppler', doppler, (name) => name],
])('%s', (_name, start, path) => {
  test('twenty servers cost what one costs', async ({ expect }) => {
    const { store, asked } = await start(200)
    for (let count = 0; count < 20; count++) {
      const stop = store.watch?.([{ path: path(count % 2 === 0 ? 'A' : 'B') }], () => {})
      onTestFinished(() => stop?.())
    }
    await pause(100)
    const [before, since] = [asked(), performance.now()]
    await expect.poll(() => asked() - before).toBeGreaterThanOrEqual(4)
    // One each 200 ms, give or take the jitter; one for each server would be twenty times as many.
    expect(asked() - before).toBeLessThanOrEqual(2 + (performance.now() - since) / 140)
  })

  test('each hears of its own change, also who came later, and nobody who has gone', async ({ expect }) => {
    const { store, set, asked } = await start(30)
    const heard: string[] = []
    const watch = (who: string, name: string): (() => void) => {
      const stop = store.watch?.([{ path: path(name) }], () => heard.push(who)) ?? ((): void => {})
      onTestFinished(stop)
      return stop
    }
    const more = async (): Promise<void> => {
      const before = asked()
      await expect.poll(asked).toBeGreaterThan(before + 3)
    }
    watch('first', 'A')
    await more()
    const leave = watch('second', 'A')
    watch('third', 'B')
    await more()
    set('A', 'second-value-a')
    await expect.poll(() => heard.toSorted()).toEqual(['first', 'second'])
    leave()
    set('B', 'second-value-b')
    await expect.poll(() => heard.length).toBe(3)
    set('A', 'third-value-a')
    await expect.poll(() => heard.length).toBe(4)
    await more()
    expect(heard.toSorted()).toEqual(['first', 'first', 'second', 'third'])
  })
})

test('who comes while the back end wishes to be left alone waits with the others', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const shared = new SharedWatch<{ readonly value: string }>(20, new Wishes())
  let looks = 0
  const ask = (): Promise<{ value: string }> => {
    looks += 1
    return looks === 1
      ? Promise.reject(new StoreError('rate_limited', 'slower', { retryAfterMs: 3000 }))
      : Promise.resolve({ value: 'x' })
  }
  const print = ({ value }: { readonly value: string }) => ({ seen: value })
  const join = (): void => onTestFinished(shared.watch([{ key: 'key', ask, print }], () => {}, undefined))
  join()
  await vi.advanceTimersByTimeAsync(50)
  for (let count = 0; count < 5; count++) join()
  await vi.advanceTimersByTimeAsync(250)
  expect(looks).toBe(1)
  // A wish is kept up to a tenth longer, by chance.
  await vi.advanceTimersByTimeAsync(3300)
  expect(looks).toBeGreaterThan(1)
})
