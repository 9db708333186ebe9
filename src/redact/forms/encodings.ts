/**
 * The forms in which a secret value may come back (promise 3): as it is, escaped as JSON, percent-encoded, escaped
 * as HTML or XML, in hex, in base64. Each form is listed as the exact text that an encoder writes, so that it is
 * found whatever stands around it; forms that mix encoders are found by looking at decoded views (views.ts).
 *
 * In base64 three bytes share four characters, so a value inside a longer text is written in one of three ways, and
 * its outermost characters may hold bits of its neighbours. Those are left out of the pattern and masked with it.
 */
import { MIN_MASKABLE_LENGTH } from '../../secrets/secret.ts'

/** One text to look for. */
export interface Form {
  readonly text: string
  /** ASCII letters match in either case; then `text` is in lower case. */
  readonly fold: boolean
  /** How many base64 characters before and behind also hold bits of the value. */
  readonly before: 0 | 1
  readonly after: 0 | 1
}

/** @param isTelling which lines of a value that has several are looked for on their own */
export function secretForms(
  value: string,
  isTelling: (line: string) => boolean = () => true,
): readonly Form[] {
  const forms = new Map<string, Form>()
  const add = (text: string, options: { fold?: boolean; before?: 0 | 1; after?: 0 | 1 } = {}): void => {
    if (text.length < MIN_MASKABLE_LENGTH) return
    const { fold = false, before = 0, after = 0 } = options
    const form = { text: fold ? text.toLowerCase() : text, fold, before, after }
    forms.set(`${fold}${before}${after}${form.text}`, form)
  }

  const wellFormed = value.toWellFormed()
  for (const plain of new Set([
    value,
    wellFormed,
    value.trim(),
    ...lines(value, isTelling),
    ...numbers(value),
  ]))
    add(plain)
  for (const text of [wellFormed, ...lines(wellFormed, isTelling)]) {
    for (const escaped of jsonEscaped(text)) {
      add(escaped, { fold: /\\u/.test(escaped) })
      add(jsonInner(escaped), { fold: /\\u/.test(escaped) })
    }
  }
  for (const html of htmlEscaped(wellFormed)) add(html, { fold: /&#x/i.test(html) })
  for (const text of new Set([wellFormed, wellFormed.trim(), jsonInner(wellFormed)])) {
    for (const encoded of percentEncoded(text)) add(encoded, { fold: /%/.test(encoded) })
    const bytes = Buffer.from(text, 'utf8')
    for (const separator of ['', ':', ' ', '\\x', '-']) add(hex(bytes, separator), { fold: true })
    for (const url of [false, true]) base64(bytes, url, add)
  }
  return [...forms.values()]
}

/** The lines of a value that has several; a PEM header says nothing, and masking it would hide what was masked. */
function lines(value: string, isTelling: (line: string) => boolean): string[] {
  const all = value.split(/[\r\n]+/)
  if (all.length === 1) return []
  return all
    .map((line) => line.trim())
    .filter((line) => line.length >= MIN_MASKABLE_LENGTH && !/^-----(?:BEGIN|END) [^-]*-----$/.test(line))
    .filter((line) => isTelling(line))
}

/** How a JSON number that was read from these digits is written again. */
function numbers(value: string): string[] {
  return /^-?\d+(?:\.\d+)?$/.test(value) ? [String(Number(value))] : []
}

/** The inside of the string literal that JSON.stringify writes. */
function jsonInner(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function jsonEscaped(text: string): string[] {
  const plain = jsonInner(text)
  const nonAscii = plain.replace(/[\u007f-\uffff]/g, unicodeEscape)
  const markup = nonAscii.replace(/[<>&']/g, unicodeEscape)
  const everything = text.replace(/[^]/g, unicodeEscape)
  const jsonMarkup = plain.replace(/[<>&]/g, unicodeEscape)
  const slashed = [plain, nonAscii, markup].map((escaped) => escaped.replaceAll('/', '\\/'))
  return [plain, nonAscii, jsonMarkup, markup, ...slashed, everything]
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function percentEncoded(text: string): string[] {
  const component = encodeURIComponent(text)
  const strict = component.replace(/[!'()*]/g, percentEscape)
  const form = new URLSearchParams([['', text]]).toString().slice(1)
  const everything = hex(Buffer.from(text, 'utf8'), '%')
  return [
    component,
    encodeURIComponent(component),
    encodeURI(text),
    strict,
    strict.replaceAll('%2F', '/'),
    strict.replaceAll('%20', '+'),
    component.replaceAll('%20', '+'),
    form,
    form.replaceAll('+', '%20'),
    everything,
  ]
}

function percentEscape(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}

function htmlEscaped(text: string): string[] {
  const basic = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return [
    basic,
    basic.replaceAll('"', '&quot;'),
    ...['&#39;', '&#039;', '&#x27;', '&apos;'].map((quote) =>
      basic.replaceAll('"', '&quot;').replaceAll("'", quote),
    ),
    basic.replaceAll('"', '&#34;').replaceAll("'", '&#39;'),
  ]
}

/** Two digits a byte; a separator that is a prefix (`\x`, `%`) also stands before the first. */
function hex(bytes: Buffer, separator: string): string {
  const digits = bytes.toString('hex').match(/../g) ?? []
  return (separator === '\\x' || separator === '%' ? separator : '') + digits.join(separator)
}

function base64(
  bytes: Buffer,
  url: boolean,
  add: (text: string, options: { before?: 0 | 1; after?: 0 | 1 }) => void,
): void {
  const encode = (input: Buffer): string => {
    const text = input.toString('base64')
    return url ? text.replaceAll('+', '-').replaceAll('/', '_') : text
  }
  add(encode(bytes), {})
  add(encode(bytes).replace(/=+$/, ''), {})
  for (const shift of [0, 1, 2]) {
    const text = encode(Buffer.concat([Buffer.alloc(shift), bytes])).replace(/=+$/, '')
    const shared = ((shift + bytes.length) * 8) % 6 === 0 ? 0 : 1
    add(text.slice(Math.ceil((shift * 8) / 6), text.length - shared), {
      before: shift === 0 ? 0 : 1,
      after: shared,
    })
  }
}
