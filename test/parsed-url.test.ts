import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parsedUrl } from '../src/parsed-url.ts'

it.each([
  ['https://bücher.example/a', 'https://xn--bcher-kva.example/a'],
  ['file:///Töne/é', 'file:///T%C3%B6ne/%C3%A9'],
  ['https://Ã¼.example/', 'https://xn--14-ria7423a.example/'],
  ['https://a b/', undefined],
  ['bücher', undefined],
])('%s is read alike however often it is read', (text, expected) => {
  const all = Array.from({ length: 10_000 }, () => parsedUrl(text)?.href)
  expect(new Set(all)).toEqual(new Set([expected]))
})

it('reads beside another', () => {
  expect(parsedUrl('../ü', 'http://a/b/c/d')?.href).toBe('http://a/b/%C3%BC')
  expect(parsedUrl('//', new URL('http://a/'))).toBeUndefined()
})

it('URL.canParse is asked nowhere, since Node 20 and 22 forget after a while how to read ü', () => {
  const src = join(import.meta.dirname, '../src')
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const asks = files.filter((name) => /\bcanParse\(/.test(readFileSync(join(src, name), 'utf8')))
  expect(asks).toEqual([])
})
