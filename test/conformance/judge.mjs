/**
 * What a run of the suite is worth, pure. A check is passed when its status is SUCCESS (INFO and SKIPPED say nothing),
 * failed when it is FAILURE or WARNING, and lost when it passes straight at the fixture and doesn't through sidemux,
 * for whatever reason: the suite leaves out what it can't reach, and that must not look like a pass.
 *
 * Every failed or lost check is expected by a line that says why, `scenario` or `scenario:check`, and every line is
 * needed: one that nothing failed for any more is stale. What goes over the wire must fit the schema also where a
 * whole scenario fails, so that check always takes a line of its own.
 */
const WIRE = 'wire-schema-valid'
const FAILED = new Set(['FAILURE', 'WARNING'])

/** @returns what isn't as it should be, by check. */
function misses(checks, straight) {
  const ids = new Set([...checks.keys(), ...(straight?.keys() ?? [])])
  return [...ids].flatMap((id) => {
    const { status = 'not reached', message = '' } = checks.get(id) ?? {}
    const lost = straight?.get(id)?.status === 'SUCCESS' && status !== 'SUCCESS'
    return lost || FAILED.has(status) ? [{ id, status, message }] : []
  })
}

/**
 * @param results of one run, by scenario and check.
 * @param straight of the run that it is measured by, if it isn't that itself.
 * @param expected why, by scenario or scenario:check.
 */
export function judge(results, straight, expected) {
  const used = new Set()
  const unexpected = []
  const rows = []
  const scenarios = new Set([...results.keys(), ...(straight?.keys() ?? [])])
  for (const scenario of scenarios) {
    const checks = results.get(scenario) ?? new Map()
    const measure = straight?.get(scenario)
    const missed = misses(checks, measure)
    for (const { id, status, message } of missed) {
      const lines = id === WIRE ? [`${scenario}:${id}`] : [scenario, `${scenario}:${id}`]
      const line = lines.find((key) => Object.hasOwn(expected, key))
      if (line === undefined) unexpected.push({ check: `${scenario}:${id}`, status, message })
      else used.add(line)
    }
    const passed = [...checks.values()].filter(({ status }) => status === 'SUCCESS').length
    const total = [...(measure ?? checks).values()].filter(({ status }) => isScored(status)).length
    rows.push({ scenario, passed, total, ok: missed.length === 0, why: whyOf(scenario, expected) })
  }
  return { rows, unexpected, stale: Object.keys(expected).filter((line) => !used.has(line)) }
}

const isScored = (status) => status === 'SUCCESS' || FAILED.has(status)

function whyOf(scenario, expected) {
  const lines = Object.keys(expected).filter((key) => key === scenario || key.startsWith(`${scenario}:`))
  return [...new Set(lines.map((line) => expected[line]))].join('; ')
}
