import { describe, expect, it } from 'vitest'
import { placeholderOf } from '../../../src/egress/broker/placeholder.ts'

describe('a placeholder', () => {
  const jwt = [
    { alg: 'RS256', typ: 'JWT' },
    { sub: 'user-12345678', exp: 1893456000, roles: ['admin'] },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  const values: readonly (readonly [string, RegExp])[] = [
    ['ghp_5Jm2Qx8Rk1Tz7Wd4Yb9Lc3Vf6Hn0PsAeGuXi', /^ghp_[A-Za-z0-9]{36}$/],
    [
      'github_pat_11ABCDEFG0abcdefghij_KLMNOPqrstuvwxyz0123456789',
      /^github_pat_[A-Za-z0-9]{20}_[A-Za-z0-9]{26,}$/,
    ],
    ['sk-ant-api03-AbCdEfGhIjKlMnOpQrStUv', /^sk-ant-api03-[A-Za-z]{22}$/],
    ['xoxb-123456789012-abcdefABCDEF1234', /^xoxb-\d{12}-[A-Za-z0-9]{16}$/],
    ['AKIAIOSFODNN7EXAMPLE', /^AKIA[A-Z2-7]{16}$/],
    [
      '0f8fad5b-d9cb-469f-a165-70867728950e',
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/,
    ],
    ['9b74c9897bac770ffc029102a200c5de', /^[0-9a-f]{32}$/],
    [`${jwt.join('.')}.AbCdEfGhIjKlMnOp_-qrst`, /^eyJ[\w-]+\.eyJ[\w-]+\.[A-Za-z]{16}_-[a-z]{4}$/],
    ['a+b/c9d8e7f6g5h4i3j2k1l0==', /^[a-z]\+[a-z]\/[a-z0-9]+==$/],
    ['12345678', /^\d{8}[a-z]{8}$/],
  ]

  it.each(values)('of %s looks like it', (value, form) => {
    const text = placeholderOf(value, 'seed', () => false)
    expect(text).toMatch(form)
    expect(text).not.toBe(value)
    expect(placeholderOf(value, 'other', () => false)).not.toBe(text)
    expect(placeholderOf(value, 'seed', () => false)).toBe(text)
  })

  it('has the length of the value, and the claims of a JWT can be read', () => {
    for (const [value] of values.slice(0, -1))
      expect(placeholderOf(value, 's', () => false)).toHaveLength(value.length)
    const text = placeholderOf(`${jwt.join('.')}.AbCdEfGhIjKlMnOp`, 's', () => false)
    const [, claims = ''] = text.split('.')
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ exp: 1893456000 })
    expect(Buffer.from(claims, 'base64url').toString()).not.toContain('user-12345678')
  })

  it('is never one that is taken', () => {
    const first = placeholderOf('abcdefgh12345678', 's', () => false)
    expect(placeholderOf('abcdefgh12345678', 's', (text) => text === first)).not.toBe(first)
  })
})
