/**
 * Reads objects whose keys are names from outside (tools, arguments, members) as maps. So a key called `__proto__` is
 * kept, and `toString` isn't found where nobody wrote it. Plain objects do both wrong: assigning to `__proto__` adds
 * no key, and `object[name]` finds what every object inherits.
 */
import { z } from 'zod'

/** A JSON object as a map by its own keys, each value as `value` takes it. */
export function named<T extends z.ZodType>(value: T) {
  return z
    .custom<object>((raw) => typeof raw === 'object' && raw !== null && !Array.isArray(raw))
    .transform((raw): unknown => Object.entries(raw))
    .pipe(z.array(z.tuple([z.string(), value])))
    .transform((pairs) => new Map(pairs as [string, z.output<T>][]))
}

/** The same as an object, for what goes on as JSON; a copy that loses no key. */
export function members<T extends z.ZodType>(value: T) {
  return named(value).transform((pairs): Record<string, z.output<T>> => Object.fromEntries(pairs))
}

/** What the environment itself has under this name. On Windows it answers to a name in any case, so it is asked. */
export function variable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value: unknown = env[name]
  return typeof value === 'string' ? value : undefined
}

/** What an object itself has under this name; nothing that every object has. */
export function own<T>(object: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined
}
