/**
 * A switch that is off, as it is when it isn't given: `force: false` says nothing where the schema's default is false. So
 * it counts as absent when a call is compared with a grant, and is neither fixed nor free in one. Only `false`: what a
 * schema says is on by default is on only where the server keeps to it. The schema is part of what a grant is for. Pure.
 */
import { isRecord } from '../../json/record.ts'

type Args = Readonly<Record<string, unknown>>

/** @param inputSchema as the server listed it; anything else leaves all arguments */
export function withoutSwitchedOff(args: Args, inputSchema: unknown): Args {
  const properties = isRecord(inputSchema) ? inputSchema['properties'] : undefined
  if (!isRecord(properties)) return args
  const isOff = (name: string): boolean => {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined
    return args[name] === false && isRecord(schema) && schema['default'] === false
  }
  return Object.fromEntries(Object.entries(args).filter(([name]) => !isOff(name)))
}
