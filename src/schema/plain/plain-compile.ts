/**
 * Compiles a schema to functions whose cost is counted in steps (run.ts). The steps are bounded by the sizes of value
 * and schema, and what a pattern can cost is known before it is tried (pattern/). So there is no deadline, which a busy
 * machine could miss. Verdicts and problems are the same as those of the library whose form a compiled schema has; a test
 * compares them.
 */
import type { Schema } from '@cfworker/json-schema'
import type { CompiledSchema } from '../compile.ts'
import { isRecord } from '../../json/record.ts'
import { schemaTargetOf } from '../trace.ts'
import { ANY_VALUE, OF_ARRAYS, OF_NUMBERS_AND_TEXT, OF_OBJECTS, UNIQUE } from './asserts.ts'
import { containsCheck, itemsCheck, unevaluatedItemsCheck } from './items.ts'
import { dependentRequiredCheck, dependentSchemasCheck, membersCheck, namesCheck } from './members.ts'
import { under } from './places.ts'
import type { Check, PlainRun } from './run.ts'

export function plainCheck(schema: CompiledSchema): Check {
  const isTracked = Object.values(schema.lookup).some(
    (part) => isRecord(part) && ('unevaluatedItems' in part || 'unevaluatedProperties' in part),
  )
  return new Plain(schema.lookup, isTracked).of(schema.root)
}

class Plain {
  readonly #lookup: CompiledSchema['lookup']
  /** Some word of it asks what others have looked at. */
  readonly #isTracked: boolean
  readonly #made = new Map<Schema, Check>()

  constructor(lookup: CompiledSchema['lookup'], isTracked: boolean) {
    this.#lookup = lookup
    this.#isTracked = isTracked
  }

  readonly of = (schema: unknown): Check => {
    if (!isRecord(schema)) return () => schema !== false
    const known = this.#made.get(schema)
    if (known !== undefined) return known
    let words: readonly Check[] = []
    // Made before its words are, because they may lead back here.
    const plain: Check = (value, run, at, from) => {
      run.spend(1 + words.length)
      let fits = true
      for (const word of words) {
        if (word(value, run, at, from)) continue
        if (run.isEnough) return false
        fits = false
      }
      return fits
    }
    const check = this.#isTracked ? tracked(plain) : plain
    this.#made.set(schema, check)
    words = this.#words(schema)
    return check
  }

  #words(schema: Schema): readonly Check[] {
    return [
      this.#reference(schema),
      ...asserts(schema, ANY_VALUE),
      this.#not(schema),
      this.#anyOf(schema),
      this.#allOf(schema),
      this.#oneOf(schema),
      this.#condition(schema),
      ...asserts(schema, OF_OBJECTS),
      namesCheck(schema, this.of),
      dependentRequiredCheck(schema),
      dependentSchemasCheck(schema, this.of),
      membersCheck(schema, this.of),
      ...asserts(schema, OF_ARRAYS),
      itemsCheck(schema, this.of),
      containsCheck(schema, this.of),
      unevaluatedItemsCheck(schema, this.of),
      ...asserts(schema, [UNIQUE, ...OF_NUMBERS_AND_TEXT]),
    ].filter((word) => word !== undefined)
  }

  #reference(schema: Schema): Check | undefined {
    if (schema.$ref === undefined) return undefined
    const check = this.of(schemaTargetOf(schema, this.#lookup))
    return (value, run, at, from) => check(value, run, at, under(run, from, '$ref'))
  }

  #not({ not }: Schema): Check | undefined {
    if (not === undefined) return undefined
    const check = this.of(not)
    return (value, run, at, from) => {
      const { seen } = run
      run.seen = undefined
      const fits = run.quietly(check, value)
      run.seen = seen
      if (!fits) return true
      run.tell('not', at, under(run, from, 'not'))
      return false
    }
  }

  #anyOf({ anyOf }: Schema): Check | undefined {
    const checks = anyOf?.map((one) => this.of(one))
    return checks && several('anyOf', checks, (fitting) => fitting > 0, 1)
  }

  #oneOf({ oneOf }: Schema): Check | undefined {
    const checks = oneOf?.map((one) => this.of(one))
    return checks && several('oneOf', checks, (fitting) => fitting === 1, 2)
  }

  #allOf({ allOf }: Schema): Check | undefined {
    const checks = allOf?.map((one) => this.of(one))
    return checks && several('allOf', checks, (fitting) => fitting === checks.length, Infinity)
  }

  #condition(schema: Schema): Check | undefined {
    if (schema.if === undefined) return undefined
    const condition = this.of(schema.if)
    const [yes, no] = [schema.then, schema.else].map((one) => (one === undefined ? one : this.of(one)))
    return (value, run, at, from) => {
      const fits = run.quietly(condition, value)
      const check = fits ? yes : no
      if (check === undefined) return true
      return check(value, run, at, under(run, from, fits ? 'then' : 'else'))
    }
  }
}

/** What a schema has looked at counts where it is used if the value fits it. */
function tracked(check: Check): Check {
  return (value, run, at, from) => {
    const outer = run.seen
    const own = new Set<string | number>()
    run.seen = own
    const fits = check(value, run, at, from)
    run.seen = outer
    if (fits && outer !== undefined) {
      run.spend(own.size)
      for (const one of own) outer.add(one)
    }
    return fits
  }
}

type Words = readonly (readonly [string, (asked: unknown) => (value: unknown, run: PlainRun) => boolean])[]

function asserts(schema: Schema, words: Words): readonly Check[] {
  return words.flatMap(([word, make]): Check[] => {
    if (!Object.hasOwn(schema, word)) return []
    const assert = make(schema[word])
    return [
      (value, run, at, from) => {
        if (assert(value, run)) return true
        run.tell(word, at, under(run, from, word))
        return false
      },
    ]
  })
}

/** @param enough when so many fit, the rest can't change a verdict */
function several(
  word: string,
  checks: readonly Check[],
  isRight: (fitting: number) => boolean,
  enough: number,
): Check {
  const isAll = enough === Infinity
  return (value, run, at, from) => {
    const mark = run.tell(word, at, under(run, from, word))
    let fitting = 0
    for (const [index, check] of checks.entries()) {
      if (check(value, run, at, under(run, from, word, String(index)))) fitting += 1
      else if (isAll && run.isEnough) break
      // Of one that has to fail, what the others say is still told; and what they look at counts where somebody asks.
      if (fitting >= enough && (word === 'anyOf' ? run.seen === undefined : !run.tells)) break
    }
    const fits = isRight(fitting)
    if (fits) run.takeBack(mark)
    return fits
  }
}
