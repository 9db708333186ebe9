/**
 * With `approvals.host: true` a tool that asks, and for which nothing was granted, carries
 * `_meta["anthropic/requiresUserInteraction"]: true`: Claude Code (from 2.1.199) then asks its user in every mode, also
 * where it asks nothing else. That question is the host's own, and its yes is none here (promise 4). Where such a tool
 * isn't listed but called through ours (surface/), ours carries the mark. Pure.
 */
import { isFor, whyEnded, whyVoid } from '../../approval/grants/grant-coverage.ts'
import type { Grant, GrantSubject } from '../../approval/grants/grants.ts'
import type { Target } from '../../catalog/target.ts'
import { CALL_TOOL } from '../../surface/own-tools.ts'

type Listed = Readonly<Record<string, unknown>>

export interface HostLock {
  readonly grants: readonly Grant[]
  /** Of the tool, under the rules of now. */
  readonly subject: (target: Target) => GrantSubject
  /** Epoch milliseconds. */
  readonly now: number
}

const REQUIRES_USER = 'anthropic/requiresUserInteraction'

/** The list with the mark on what is locked; the entries that are not stay the same objects. */
export function locked(
  list: readonly Listed[],
  targets: readonly Target[],
  { grants, subject, now }: HostLock,
): readonly Listed[] {
  const isGranted = (target: Target): boolean => {
    const about = subject(target)
    return grants.some(
      (grant) =>
        isFor(grant, about) && whyEnded(grant, now) === undefined && whyVoid(grant, about) === undefined,
    )
  }
  const asking = targets.filter((target) => target.verdict.kind === 'confirm' && !isGranted(target))
  const names = new Set<unknown>(asking.map(({ emitted }) => emitted))
  const listed = new Set(list.map((tool) => tool['name']))
  if (asking.some(({ emitted }) => !listed.has(emitted))) names.add(CALL_TOOL)
  return list.map((tool) =>
    names.has(tool['name']) ? { ...tool, _meta: { ...metaOf(tool), [REQUIRES_USER]: true } } : tool,
  )
}

function metaOf({ _meta: meta }: Listed): object {
  return meta !== null && typeof meta === 'object' ? meta : {}
}
