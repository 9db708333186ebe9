/** Its tool list comes in pages, also in ones that make no sense; which, says KIND. */
import { serve } from './raw.mjs'

const two = (page) => [{ name: `a${page}` }, { name: `b${page}` }]
const after = (cursor) => Number(cursor ?? 0) + 1

const LISTS = {
  three: (cursor) => ({
    tools: two(after(cursor)),
    ...(after(cursor) < 3 && { nextCursor: String(after(cursor)) }),
  }),
  'empty-cursor': (cursor) =>
    cursor === undefined ? { tools: two(1), nextCursor: '' } : { tools: two(2), nextCursor: null },
  loop: () => ({ tools: two(1), nextCursor: 'again' }),
  endless: (cursor) => ({ tools: two(after(cursor)), nextCursor: String(after(cursor)) }),
  many: (cursor) => ({
    tools: Array.from({ length: 4000 }, (_, index) => ({ name: `t${after(cursor)}-${index}` })),
    nextCursor: String(after(cursor)),
  }),
  'odd-page': (cursor) =>
    cursor === undefined ? { tools: two(1), nextCursor: 'x' } : { tools: { length: 2 } },
}
const kind = process.env.KIND
const list = LISTS[kind]

serve({
  capabilities: kind === 'none' ? {} : { tools: {} },
  ...(list !== undefined && { tools: (params) => list(params?.cursor) }),
  ...(kind === 'not-found' && { tools: null }),
})
