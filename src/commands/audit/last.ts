/** The last so many of what comes, however much that is; little more than those is held. Pure. */
export class LastItems<T> {
  readonly #count: number
  #held: T[] = []

  constructor(count: number) {
    this.#count = count
  }

  add(one: T): void {
    this.#held.push(one)
    if (this.#held.length >= 2 * this.#count + 1000) this.#held = this.all()
  }

  all(): T[] {
    return this.#held.slice(-this.#count)
  }
}
