/** The brokered secrets of one run of a server: who they are for, and what stands for them. */
import { isMeant, type SecretHost } from './hosts.ts'
import type { Secret } from '../../secrets/secret.ts'

/** Where in a request a value may be put. */
export type FillPlace = 'header' | 'query' | 'path' | 'body'

export interface BrokeredSecret {
  /** `env.GITHUB_TOKEN` */
  readonly field: string
  readonly placeholder: string
  readonly hosts: readonly SecretHost[]
  readonly places: readonly FillPlace[]
  readonly secret: Secret
}

export class BrokeredSecrets {
  #all: readonly BrokeredSecret[]
  readonly #heard = new Set<(secrets: readonly BrokeredSecret[]) => void>()

  constructor(all: readonly BrokeredSecret[]) {
    this.#all = all
  }

  get all(): readonly BrokeredSecret[] {
    return this.#all
  }

  /** Told now, and each time when a value is another one. */
  hear(told: (secrets: readonly BrokeredSecret[]) => void): void {
    this.#heard.add(told)
    told(this.#all)
  }

  /** The placeholder stays, so the server goes on and its next request has the new value. */
  change(secrets: readonly Pick<BrokeredSecret, 'placeholder' | 'secret'>[]): void {
    const values = new Map(secrets.map(({ placeholder, secret }) => [placeholder, secret]))
    this.#all = this.#all.map((one) => ({ ...one, secret: values.get(one.placeholder) ?? one.secret }))
    for (const told of this.#heard) told(this.#all)
  }

  isWanted(host: string, port: number): boolean {
    return this.#all.some(({ hosts }) => hosts.some((rule) => isMeant(rule, host, port)))
  }

  /** Those that may go there. */
  for(host: string, port: number, isEncrypted: boolean): readonly BrokeredSecret[] {
    return this.#all.filter(({ hosts }) =>
      hosts.some((rule) => (isEncrypted || rule.clear) && isMeant(rule, host, port)),
    )
  }
}
