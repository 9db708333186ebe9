/**
 * Infisical's permissions, as far as policies of this project's tests need them: rules that are only ever added, whose
 * conditions are plain values or `$eq` and `$in`. A condition on what a request doesn't say is not met.
 */

/** @returns `(subject, action, facts?) => boolean`; without facts, whether any rule is about it. */
export function infisicalPolicy(permissions) {
  return (subject, action, facts) =>
    permissions.some(
      (rule) =>
        rule.subject === subject &&
        [rule.action].flat().includes(action) &&
        (facts === undefined ||
          Object.entries(rule.conditions ?? {}).every(([key, wanted]) => holds(wanted, facts[key]))),
    )
}

function holds(wanted, value) {
  if (value === undefined) return false
  if (typeof wanted === 'string') return wanted === value
  return Object.entries(wanted).every(([operator, operand]) => {
    if (operator === '$eq') return operand === value
    if (operator === '$in') return operand.includes(value)
    throw new Error(`no such operator here: ${operator}`)
  })
}
