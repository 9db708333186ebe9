/**
 * A Map and a Set for what comes and goes with each call. When one of V8's own has no room, or much too much, it gets
 * another table, and the one before refers to it. Once such a table has been moved to the old part of the heap, it is there
 * until a full collection, and with it all that came after: each later table, and the calls that stood in it. That was half a
 * kilobyte a call. So here what is there moves to a Map or Set of its own now and then, to which nothing refers.
 *
 * All else is as with V8's own, also what is seen by who goes through it while it changes.
 */

/** A few calls' worth: seldom enough to cost nothing, and long before the tables of meanwhile have grown old. */
const MOVES_AFTER = 64

abstract class Passing<K, C extends Map<K, unknown> | Set<K>> {
  protected inner: C
  #gone = 0
  #readers = 0

  constructor(inner: C) {
    this.inner = inner
  }

  /** The same in another one. */
  protected abstract moved(): C

  get size(): number {
    return this.inner.size
  }

  has(key: K): boolean {
    return this.inner.has(key)
  }

  delete(key: K): boolean {
    if (!this.inner.delete(key)) return false
    this.#gone += 1
    // Of many, as many have to go before it is worth it; and who goes through it goes on with this one.
    if (this.#gone >= MOVES_AFTER && this.#gone > this.inner.size && this.#readers === 0) {
      this.#gone = 0
      this.inner = this.moved()
    }
    return true
  }

  clear(): void {
    this.inner.clear()
  }

  protected *through<T>(all: Iterable<T>): Generator<T, void> {
    this.#readers += 1
    try {
      yield* all
    } finally {
      this.#readers -= 1
    }
  }
}

export class PassingMap<K, V> extends Passing<K, Map<K, V>> {
  constructor() {
    super(new Map())
  }

  get(key: K): V | undefined {
    return this.inner.get(key)
  }

  set(key: K, value: V): void {
    this.inner.set(key, value)
  }

  values(): Iterable<V> {
    return this.through(this.inner.values())
  }

  [Symbol.iterator](): Iterator<[K, V]> {
    return this.through(this.inner)
  }

  protected moved(): Map<K, V> {
    return new Map(this.inner)
  }
}

export class PassingSet<K> extends Passing<K, Set<K>> {
  constructor() {
    super(new Set())
  }

  add(key: K): void {
    this.inner.add(key)
  }

  [Symbol.iterator](): Iterator<K> {
    return this.through(this.inner)
  }

  protected moved(): Set<K> {
    return new Set(this.inner)
  }
}
