/**
 * Regular expressions that a server wrote. JavaScript runs them by backtracking, so some of them take longer than
 * anybody lives: those run only against a deadline (deadline.ts), which costs more than the rest of a check. Which ones
 * is told from how often the expression can branch: repeats that stand in a row multiply, a repeat of something that can
 * itself match in several ways has no bound worth naming. Told too strictly at most, never too laxly.
 */

/** How much work a match can be: at most `ways * length ** power` steps. */
interface Effort {
  readonly ways: number
  readonly power: number
  /** Roughly how large the compiled expression is; counted repeats are written out. */
  readonly size: number
}

export interface Pattern {
  readonly source: string
  readonly expression: RegExp
  /** Whether a text of this length is matched in a moment, whatever it says. */
  isQuick(length: number): boolean
}

const MAX_SOURCE_LENGTH = 1000
const MAX_SIZE = 5000
/** A step is about ten nanoseconds. */
const QUICK_STEPS = 50_000

/** Undefined for what isn't an expression to JavaScript, or is too large to be compiled at somebody else's expense. */
export function readPattern(source: string): Pattern | undefined {
  if (source.length > MAX_SOURCE_LENGTH) return undefined
  const expression = compile(source, 'u') ?? compile(source, '')
  if (expression === undefined) return undefined
  const { ways, power, size } = new Reader(source).read()
  if (size > MAX_SIZE) return undefined
  return { source, expression, isQuick: (length) => ways * Math.max(1, length) ** power <= QUICK_STEPS }
}

/** With `u` as the specification recommends; some expressions that servers write are only ones without it. */
function compile(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, flags)
  } catch {
    return undefined
  }
}

const BOUNDLESS = Number.POSITIVE_INFINITY
const GROUP_START = /\((?:\?(?::|=|!|<=|<!|<[^>]*>))?/y
const QUANTIFIER = /(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})\??/y
const CLASS = /\[(?:\\[^]|[^\]\\])*\]/y
const ESCAPE = /\\(?:[1-9]|k<)|\\(?:u\{[^}]*\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|[pP]\{[^}]*\}|[^])/y

class Reader {
  readonly #source: string
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  read(): Effort {
    const { effort, branches } = this.#alternatives()
    const anchored = branches === 1 && this.#source.startsWith('^')
    return { ...effort, power: effort.power + (anchored ? 0 : 1) }
  }

  #alternatives(): { effort: Effort; branches: number } {
    let branches = 1
    let effort: Effort = { ways: 1, power: 0, size: 0 }
    let sum = 0
    let power = 0
    while (this.#at < this.#source.length && this.#source[this.#at] !== ')') {
      if (this.#source[this.#at] === '|') {
        this.#at += 1
        branches += 1
        sum += effort.ways
        power = Math.max(power, effort.power)
        effort = { ways: 1, power: 0, size: effort.size + 1 }
      } else effort = inARow(effort, this.#repeated(this.#atom()))
    }
    return {
      effort: { ways: sum + effort.ways, power: Math.max(power, effort.power), size: effort.size },
      branches,
    }
  }

  #atom(): Effort {
    if (this.#take(GROUP_START) !== undefined) {
      const { effort } = this.#alternatives()
      this.#at += 1
      return effort
    }
    const escape = this.#take(ESCAPE)
    // What a back reference has to match is known only while matching.
    if (escape !== undefined)
      return { ways: /^\\(?:[1-9]|k)/.test(escape[0]) ? BOUNDLESS : 1, power: 0, size: 1 }
    if (this.#take(CLASS) === undefined) this.#at += 1
    return { ways: 1, power: 0, size: 1 }
  }

  #repeated(atom: Effort): Effort {
    const quantifier = this.#take(QUANTIFIER)
    if (quantifier === undefined) return atom
    const [sign, least, comma, most] = quantifier
    if (sign.startsWith('?')) return { ...atom, ways: atom.ways + 1 }
    const isCounted = least !== undefined && (comma === undefined || most !== '')
    const times = isCounted ? Number(most ?? least) : Math.max(1, Number(least ?? 1))
    const size = atom.size * Math.max(1, times)
    const isPlain = atom.ways === 1 && atom.power === 0
    if (!isPlain && times + (isCounted ? 0 : 1) > 1) return { ways: BOUNDLESS, power: 0, size }
    if (isCounted && (comma === undefined || times <= 1)) return { ...atom, ways: atom.ways, size }
    return { ways: atom.ways, power: atom.power + 1, size }
  }

  #take(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at
    const found = expression.exec(this.#source) ?? undefined
    if (found !== undefined) this.#at = expression.lastIndex
    return found
  }
}

function inARow(a: Effort, b: Effort): Effort {
  return { ways: a.ways * b.ways, power: a.power + b.power, size: a.size + b.size }
}
