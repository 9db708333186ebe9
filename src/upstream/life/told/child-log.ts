/** Writes what happens to children as lines of the operator's log. */
import type { Logger } from '../../../log.ts'
import type { ChildEvent } from './events.ts'

export function logChildEvent(event: ChildEvent, log: Logger): void {
  const { kind, id, ...rest } = event
  const facts = { event: kind, ...withChild(rest) }
  switch (kind) {
    case 'failed':
      // Not an error of ours: the others run on, and whoever wants this one is told why it is down.
      log.warn({ server: id, ...facts }, `${id} failed`)
      return
    case 'waits':
      log.warn({ server: id, ...facts }, `${id} can't be started yet, and is tried again`)
      return
    case 'not-replaced':
      log.warn({ server: id, ...facts }, `${id} can't be replaced yet, and goes on as it is`)
      return
    case 'bad-line':
      log.warn({ server: id, ...facts }, `${id} sent a line that is not a message`)
      return
    case 'not-ready':
      log[event.isNews === true ? 'warn' : 'info'](
        { server: id, ...facts },
        `${id} did not get ready, and is tried again`,
      )
      return
    case 'sleeps':
      log.info({ server: id, ...facts }, `${id} sleeps, and is started when it is called`)
      return
    case 'stderr':
    case 'log':
      log.info({ server: id, ...facts }, id)
      return
    case 'launched':
    case 'connected':
    case 'lost':
    case 'ready':
    case 'exited':
    case 'replacing':
      log.info({ server: id, ...facts }, `${id} ${kind}`)
  }
}

/** `pid` and `level` are the sidecar's own on every line of the log. */
function withChild(facts: object): object {
  const { pid, level, ...others }: { readonly pid?: unknown; readonly level?: unknown } = facts
  return {
    ...(pid !== undefined && { child: pid }),
    ...(level !== undefined && { severity: level }),
    ...others,
  }
}
