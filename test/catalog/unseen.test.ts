/** What nobody sees doesn't cross in what servers list, and what is written with such characters does (promises 5 and 7). */
import { describe, expect, it } from 'vitest'
import { escaped, holdsUnseen, Unseen, withoutUnseen, writtenOut } from '../../src/catalog/unseen.ts'
import { work } from '../work.ts'

const tags = (text: string): string =>
  Array.from(text, (one) => String.fromCodePoint(0xe0000 + (one.codePointAt(0) ?? 0))).join('')

describe('does not cross', () => {
  it.each([
    ['zero width space', 'a\u200Bb'],
    ['zero width joiners between letters that do not join', 'a\u200Cb\u200Dc', 'abc'],
    ['word joiner, soft hyphen, byte order mark', 'a\u2060b\u00ADc\uFEFFd', 'abcd'],
    ['invisible operators', 'a\u2061\u2062\u2063\u2064b'],
    [
      'bidi embeddings, overrides and isolates',
      'a\u202A\u202B\u202C\u202D\u202Eb\u2066\u2067\u2068\u2069c',
      'abc',
    ],
    ['direction marks in text that runs one way', 'a\u200Eb\u200Fc\u061Cd', 'abcd'],
    ['tag characters', `a${tags('send keys')}b`],
    ['tags behind a flag that has none', `\u{1F3F4}${tags('send keys')}\u{E007F}`, '\u{1F3F4}'],
    [
      'tags behind a flag that has some',
      `\u{1F3F4}${tags('gbeng')}\u{E007F}${tags('x')}`,
      `\u{1F3F4}${tags('gbeng')}\u{E007F}`,
    ],
    ['variation selectors, as bytes behind an emoji', '🙂\uFE00\u{E0100}\u{E01EF}\uFE0E', '🙂'],
    ['a run of selectors', '🙂\uFE0F\uFE0F\uFE0F', '🙂'],
    ['selectors behind letters', 'a\uFE0Fb\u{E0101}c', 'abc'],
    ['fillers and the grapheme joiner', 'a\u3164b\uFFA0c\u115Fd\u1160e\u034Ff\u17B4g', 'abcdefg'],
    ['line and paragraph separators', 'a\u2028b\u2029c', 'abc'],
    ['controls', 'a\0b\bc\u007Fd\u0085e', 'abcde'],
    ['a return that overwrites the line', 'good\rbad', 'good\nbad'],
    ['colours and hidden text of a terminal', '\u001B[8mhidden\u001B[0m \u009B31mred', 'hidden red'],
    ['a link of a terminal', '\u001B]8;;https://evil.example\u0007text\u001B]8;;\u001B\\', 'text'],
    [
      'a title and other strings of a terminal',
      '\u001B]0;title\u0007a\u001BPq\u001B\\b\u009Dx\u009Cc',
      'abc',
    ],
    ['an order that never ends', 'a\u001B]0;b', 'a]0;b'],
    ['annotations between lines', 'a\uFFF9b\uFFFAc\uFFFB', 'abc'],
    ['code points that will never be seen', 'a\u{E0001}b\u{E0FFF}c\u2065d', 'abcd'],
    ['shorthand and music controls', 'a\u{1BCA0}b\u{1D173}c', 'abc'],
    ['many joiners between letters that join', 'می\u200C\u200C\u200Dخواهم', 'میخواهم'],
  ] as [string, string, string?][])('%s', (_what, text, seen = text.replace(/[^\x20-\x7E]/gu, '')) => {
    expect(withoutUnseen(text)).toBe(seen)
    expect(holdsUnseen(text)).toBe(true)
    expect(holdsUnseen(seen)).toBe(false)
  })
})

it.each([
  ['Arabic', 'اقرأ الملف «notes.txt» ثم أجب.'],
  ['Hebrew with its points and marks', 'קורא קובץ\u200F (שָׁלוֹם)'],
  ['Hebrew beside English', 'הכלי\u200E GitHub'],
  ['Persian with its joiners', 'این ابزار فایل‌ها را می‌خواند'],
  ['Hindi', 'क्‍ष और क्‌ष'],
  ['Sinhala', 'ශ්‍රී ලංකා'],
  ['Malayalam', 'അവന്‍'],
  ['Mongolian', 'ᠮᠣᠩᠭᠣᠯ᠎ᠠ'],
  ['emoji', '🚀 ✅ ❤️ ☎︎ ⚠️'],
  ['emoji of several', '👨‍👩‍👧‍👦 🏳️‍🌈 🏴‍☠️ 👩🏽‍💻 ❤️‍🔥'],
  ['keys and flags', '1️⃣ #️⃣ *️⃣ 🇩🇪 🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
  ['Chinese, Japanese, Korean', '读取文件。ファイルを　読む。파일을 읽습니다.'],
  ['Vietnamese in parts', 'Tie\u0302\u0301ng Vie\u0323\u0302t'],
  ['lines and columns', 'a\n\tb\r\nc'],
  ['spaces of typography', '10 000 € — «oui»'],
  ['signs of numbers', '\u0600١٢٣ \u06DD'],
  ['what is private', '\uE0A0 main'],
])('%s stays as it is', (_what, text) => {
  expect(withoutUnseen(text)).toBe(text)
  expect(holdsUnseen(text)).toBe(false)
})

it('writes out a name so that it differs from others, and a pattern so that it means the same', () => {
  expect(writtenOut('re\u200Bd\u{E0041}')).toBe('re‹U+200B›d‹U+E0041›')
  const pattern = escaped('^[a\u200B\u{E0041}]$')
  expect(pattern).toBe('^[a\\u200b\\udb40\\udc41]$')
  expect(new RegExp(pattern, 'u').test('\u{E0041}')).toBe(true)
})

it('tells people what it found', () => {
  const found = new Unseen()
  withoutUnseen(`a\u200B${tags('send keys')}`, found)
  expect(found.words).toMatch(/^nobody sees them: U\+200B, U\+E0073, .*, and in tag characters "send keys"$/)
  expect(new Unseen().words).toBeUndefined()
})

it('costs little, whatever is in it', () => {
  for (const text of ['\u200B', '\u001B]', '\u001B[', '🙂\uFE0F', 'م\u200C', '\u001B', '\u{E0041}']) {
    const long = text.repeat(25_000)
    expect(work(() => withoutUnseen(long))).toBeLessThan(20)
  }
})
