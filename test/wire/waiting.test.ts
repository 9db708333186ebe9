/** Which request of ours an answer is for, and that each has one at most. */
import { describe, expect, test } from 'vitest'
import { WaitingRequests } from '../../src/wire/waiting.ts'

type Asked = 'call' | 'listen'

function table(...requests: readonly (readonly [number | string, Asked])[]): WaitingRequests<Asked> {
  const made = new WaitingRequests<Asked>()
  for (const [id, request] of requests) made.add(id, request)
  return made
}

test.each([
  [2, 2],
  ['2', 2],
  [' 2.0 ', 2],
  [7, '7'],
  ['7', '7'],
  ['02', undefined],
  ['2e0', undefined],
  [2.5, undefined],
  [[2], undefined],
  [null, undefined],
  [undefined, undefined],
])('%j means %j', (written, id) => {
  expect(table([2, 'call'], ['7', 'call']).find(written)).toBe(id)
})

test('where both ways of writing wait, each is its own', () => {
  const both = table([2, 'call'], ['2', 'call'])
  expect([both.find(2), both.find('2')]).toEqual([2, '2'])
})

test('each is taken out once', () => {
  const made = table([1, 'call'], [2, 'call'], [3, 'call'])
  expect([made.answered(1), made.answered(1), made.drop(1), made.cancel(1)]).toEqual([
    'call',
    undefined,
    undefined,
    undefined,
  ])
  expect([made.drop(2), made.drop(2), made.isLate(2)]).toEqual(['call', undefined, false])
  expect([made.clear(), made.clear(), made.find(3)]).toEqual([['call'], [], undefined])
})

describe('a cancelled one', () => {
  test('is late once, in whichever way its id is written', () => {
    const made = table([3, 'call'])
    made.cancel(3)
    expect([made.find(3), made.cancelledAs('3'), made.isLate('3'), made.isLate(3)]).toEqual([
      undefined,
      3,
      true,
      false,
    ])
  })

  test('is forgotten behind 1024 others, so that memory is bounded', () => {
    const made = new WaitingRequests<Asked>()
    for (let id = 0; id < 1025; id += 1) {
      made.add(id, 'call')
      made.cancel(id)
    }
    expect([made.isLate(0), made.isLate(1), made.isLate(1024)]).toEqual([false, true, true])
  })
})

describe('an answer without an id', () => {
  const isCall = (request: Asked): boolean => request === 'call'

  test('is for the only one that it may be for', () => {
    expect(table([4, 'call'], ['l', 'listen']).only(isCall)).toBe(4)
    expect(table([4, 'call'], [5, 'call']).only(isCall)).toBeUndefined()
    expect(table(['l', 'listen']).only(isCall)).toBeUndefined()
  })

  test('is for none while a notification may be what it answers, until what came after that was answered', () => {
    const made = table([4, 'call'])
    made.notified()
    expect(made.only(isCall)).toBeUndefined()
    made.add(5, 'call')
    made.answered(4)
    expect(made.only(isCall)).toBeUndefined()
    made.add(6, 'call')
    made.answered(5)
    expect(made.only(isCall)).toBe(6)
  })
})

test('tells whether one is of a kind', () => {
  expect([
    table([1, 'listen']).some((one) => one === 'call'),
    table([1, 'call']).some((one) => one === 'call'),
  ]).toEqual([false, true])
})
