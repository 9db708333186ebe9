/**
 * Gives each name that a server asks for an address of its own, which means nothing outside of that server's network: what
 * it then connects to tells by which name it was found. The addresses are those kept for measurements (RFC 2544), which
 * are nobody's, and which others give out in the same way.
 */
const BITS = 17
const FIRST = (198 << 24) | (18 << 16)
/** Those that were asked for longest ago are given to other names. */
const MOST_NAMES = 4096

export class AddressPool {
  readonly #names = new Map<string, string>()
  readonly #addresses = new Map<string, string>()
  #next = 1

  /** @param name in lower case */
  addressOf(name: string): string {
    const before = this.#addresses.get(name)
    const address = before ?? this.#fresh()
    this.#addresses.delete(name)
    this.#addresses.set(name, address)
    this.#names.set(address, name)
    const [oldest] = this.#addresses
    if (this.#addresses.size > MOST_NAMES && oldest !== undefined) {
      this.#addresses.delete(oldest[0])
      this.#names.delete(oldest[1])
    }
    return address
  }

  nameOf(address: string): string | undefined {
    return this.#names.get(address)
  }

  /** The next one that is nobody's now: addresses are many more than names, so one is used again late. */
  #fresh(): string {
    for (;;) {
      const bits = (FIRST | this.#next) >>> 0
      this.#next = (this.#next + 1) % 2 ** BITS || 1
      const address = [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.')
      if (!this.#names.has(address)) return address
    }
  }
}
