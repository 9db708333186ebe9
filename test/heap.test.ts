import { expect, it } from 'vitest'
import { HeapRoom } from '../src/heap.ts'

const MB = 1024 * 1024

function rig() {
  const seen = { told: [] as string[], looks: 0, bytes: 2 * MB }
  const room = new HeapRoom({
    setFlagsFromString: (flag) => void seen.told.push(flag),
    getHeapSpaceStatistics: () => {
      seen.looks += 1
      const space = { space_used_size: 0, space_available_size: 0, physical_space_size: 0 }
      return [
        { ...space, space_name: 'old_space', space_size: 99 * MB },
        { ...space, space_name: 'new_space', space_size: seen.bytes },
      ]
    },
  })
  const call = (times: number): void => {
    for (let time = 0; time < times; time += 1) room.letGrow()
  }
  return { room, seen, call }
}

it('lets the room for what is new grow from the first call on, until it is enough (promise 9)', () => {
  const { room, seen, call } = rig()
  room.keepSmall()
  expect(seen.told).toEqual(['--semi-space-growth-factor=1'])
  call(1000)
  expect(seen.told.slice(1)).toEqual(['--semi-space-growth-factor=2'])
  seen.bytes = 8 * MB
  call(1000)
  expect(seen.told.slice(2)).toEqual(['--semi-space-growth-factor=1'])
})

it('looks seldom, and not any more when it is enough', () => {
  const { seen, call } = rig()
  call(320)
  expect(seen.looks).toBe(10)
  seen.bytes = 16 * MB
  call(1000)
  expect(seen.looks).toBe(11)
})

it('lets it grow once more when a collection may have taken it away', () => {
  const { room, seen, call } = rig()
  seen.bytes = 8 * MB
  call(64)
  expect(seen.told).toEqual(['--semi-space-growth-factor=2', '--semi-space-growth-factor=1'])
  seen.bytes = MB
  room.letGrowAgain()
  call(64)
  expect(seen.told.slice(2)).toEqual(['--semi-space-growth-factor=2'])
})
