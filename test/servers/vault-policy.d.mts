/** Types of vault-policy.mjs for the tests. */
export type Allows = (method: string, path: string, body?: unknown) => boolean

export function vaultPolicy(hcl: string): Allows
