/** Where a question is shown while another sidecar's page shows it. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Near, Neighbours } from '../../src/dashboard/neighbours/neighbours.ts'
import type { PageOpening } from '../../src/dashboard/opening.ts'
import { Showing } from '../../src/dashboard/showing.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it.each([
  ['opens its own', true],
  ['says that nobody sees it where none opens', false],
])(
  'goes on looking after the page of a neighbour when a look fails, and once that is gone %s',
  async (_what, opened) => {
    const near = {
      run: { id: 'n' },
      state: { pageOpen: true },
      decides: true,
      isElder: true,
    } as unknown as Near
    const looks: (() => Promise<readonly Near[]>)[] = [
      () => Promise.resolve([near]),
      () => Promise.reject(new Error('EMFILE')),
      () => Promise.resolve([near]),
    ]
    const open = vi.fn(() => Promise.resolve({ opened, why: 'no screen' }))
    const lost = vi.fn()
    const showing = new Showing({
      opening: { isShown: false, open } as unknown as PageOpening,
      neighbours: {
        near: () => (looks.shift() ?? (() => Promise.resolve([])))(),
        isThere: () => (looks.length > 0 ? Promise.reject(new Error('EMFILE')) : Promise.resolve(false)),
      } as unknown as Neighbours,
      openDoor: () => Promise.resolve(),
      isAsked: () => true,
      isAttended: () => false,
      isOnlyTerminal: () => false,
      onLost: lost,
    })
    const question = [{} as never, { kind: 'none', why: '' } as const, new AbortController().signal] as const
    expect(await showing.page.ask(...question)).toEqual({ kind: 'shown' })
    await vi.advanceTimersByTimeAsync(4000)
    expect(looks).toHaveLength(0)
    expect(open).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(2000)
    expect(open).toHaveBeenCalledOnce()
    expect(lost.mock.calls).toEqual(opened ? [] : [['no screen']])
    showing.close()
  },
)
