/** A book as text (book.ts): JSON with the number of its form, so that a later version's is told from a damaged one. Pure. */
import { Unusable } from './read-own.ts'

export interface TextForm<T> {
  /** Of the form that is written: 1 or more. */
  readonly version: number
  /** Undefined for what isn't of this form. @throws Unusable to say what it is. */
  read(value: object): T | undefined
  /** As JSON, without the version. */
  write(value: T): object
}

export function bookText<T>(form: TextForm<T>, value: T): string {
  return `${JSON.stringify({ version: form.version, ...form.write(value) })}\n`
}

/** @throws Unusable */
export function bookContent<T>(form: Pick<TextForm<T>, 'version' | 'read'>, text: string): T {
  const value = objectIn(text)
  const found = value?.['version']
  if (typeof found === 'number' && Number.isSafeInteger(found) && found > form.version)
    throw new Unusable('was written by a later version of sidemux', { isNewer: true })
  const content = value !== undefined && found === form.version ? form.read(value) : undefined
  if (content === undefined) throw new Unusable('is damaged')
  return content
}

/** Undefined for what is no JSON, or no object. */
export function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
