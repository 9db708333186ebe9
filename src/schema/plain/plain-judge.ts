/**
 * Judges by the checks that are made of a schema (plain-compile.ts), first whether the value fits, which is nearly always
 * all. The steps grow with the value, so that a schema which looks at each part of it a few times never gives up;
 * alternatives in alternatives, references that double, and expensive patterns can take more, and those don't get to hold
 * up the others.
 */
import type { OutputUnit } from '@cfworker/json-schema'
import type { CompiledSchema } from '../compile.ts'
import { explainSchema } from '../explain.ts'
import type { SchemaFit, SchemaProblem } from '../problem.ts'
import { plainCheck } from './plain-compile.ts'
import { OutOfSteps, PlainRun, type Check } from './run.ts'

/** Some hundredth parts of a second. */
const STEPS = 1_000_000
const STEPS_A_PART = 24
/** Characters of a text that count as one step more; each may be looked at once or twice. */
const CHARACTERS_A_STEP = 16
/** To tell what is wrong, when that is known already. */
const TELLING_STEPS = 500_000
/** Many more than are shown. */
const MAX_UNITS = 5000

const UNTOLD: readonly SchemaProblem[] = [
  { path: [], expected: 'does not fit, in a way that takes long to tell' },
]
const FITS: SchemaFit = { kind: 'fits' }

const checks = new WeakMap<CompiledSchema, Check>()

/** Undefined where the steps don't suffice. */
export function judgePlain(schema: CompiledSchema, value: unknown): SchemaFit | undefined {
  const check = checkOf(schema)
  const fits = within(() => check(value, new PlainRun(STEPS, () => stepsFor(value)), '', ''))
  if (fits === undefined || fits) return fits && FITS
  const problems =
    within(() => tell(check, schema, value, MAX_UNITS)) ??
    within(() => tell(check, schema, value, 0)) ??
    UNTOLD
  return { kind: 'misfits', problems }
}

function checkOf(schema: CompiledSchema): Check {
  const known = checks.get(schema)
  if (known !== undefined) return known
  const made = plainCheck(schema)
  checks.set(schema, made)
  return made
}

function tell(
  check: Check,
  schema: CompiledSchema,
  value: unknown,
  maxUnits: number,
): readonly SchemaProblem[] {
  const units: OutputUnit[] = []
  check(value, new PlainRun(TELLING_STEPS, undefined, units, maxUnits), '#', '#')
  return explainSchema(units, schema, value)
}

function within<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    if (error instanceof OutOfSteps) return undefined
    throw error
  }
}

/** By its values, the names of members, and long texts. */
function stepsFor(value: unknown): number {
  if (typeof value === 'string') return STEPS_A_PART + value.length / CHARACTERS_A_STEP
  if (value === null || typeof value !== 'object') return STEPS_A_PART
  let steps = STEPS_A_PART
  for (const [name, member] of Object.entries(value))
    steps += STEPS_A_PART + name.length / CHARACTERS_A_STEP + stepsFor(member)
  return steps
}
