/** Types of infisical-policy.mjs for the tests. */
export interface Permission {
  subject: string
  action: string | string[]
  conditions?: Record<string, unknown>
}

export function infisicalPolicy(
  permissions: Permission[],
): (subject: string, action: string, facts?: Record<string, string>) => boolean
