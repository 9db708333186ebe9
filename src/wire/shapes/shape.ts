/**
 * The pieces that the guards in this folder are made of. A guard says whether a JSON value is of a type of MCP: its
 * required members are there, and all members that MCP knows are of their type. What MCP doesn't know may be there as
 * well, as in every revision of the protocol (2026-07-28 basic/index). Pure; a guard never throws, and costs no more than
 * the value is long.
 */
import { isRecord } from '../../json/record.ts'

export type Guard = (value: unknown) => boolean
type Members = Readonly<Record<string, Guard>>

export const isText: Guard = (value) => typeof value === 'string'
export const isFlag: Guard = (value) => typeof value === 'boolean'
/** A number that a double holds; exact ones (json/number.ts) are none. */
export const isDouble: Guard = (value) => typeof value === 'number' && Number.isFinite(value)
export const isWhole: Guard = (value) => Number.isSafeInteger(value)
/** From 0 to 1. */
export const isShare: Guard = (value) => isDouble(value) && Number(value) >= 0 && Number(value) <= 1

export function among(...choices: readonly unknown[]): Guard {
  return (value) => choices.includes(value)
}

export function listOf(each: Guard): Guard {
  return (value) => Array.isArray(value) && value.every(each)
}

/** An object of any names; all of its values are of one type. */
export function mapOf(each: Guard): Guard {
  return (value) => isRecord(value) && Object.values(value).every(each)
}

/** @param optional they may be absent or undefined, never null */
export function objectWith(required: Members, optional: Members = {}): Guard {
  const needed = Object.entries(required)
  const known = Object.entries(optional)
  return (value) =>
    isRecord(value) &&
    needed.every(([name, is]) => is(value[name])) &&
    known.every(([name, is]) => value[name] === undefined || is(value[name]))
}

export function anyOf(...guards: readonly Guard[]): Guard {
  return (value) => guards.some((is) => is(value))
}

/** `_meta`, and what else is an object of anything. */
export const isObject: Guard = (value) => isRecord(value)
