/**
 * Finds settings of `approvals:` that are right alone and wrong together. Otherwise a person would find out only by
 * waiting.
 */
import type { ApprovalsOptions } from '../approval/options.ts'
import type { ServerConfig } from './config.ts'
import type { Finding } from './problem.ts'

/** @param written the section as the file has it. */
export function askingFindings(approvals: ApprovalsOptions, written: unknown): readonly Finding[] {
  const { channels, wait, lead, expire } = approvals
  const twice = channels.findIndex((name, at) => channels.indexOf(name) < at)
  return [
    ...(twice === -1
      ? []
      : [
          finding(
            ['channels', twice],
            'warning',
            `"${channels[twice]}" is named twice in "channels"`,
            'remove one of them',
          ),
        ]),
    ...(expire === 0
      ? [
          finding(
            ['expire'],
            'error',
            '"expire" is 0, so no yes could ever be used',
            'write for example expire: 10m',
          ),
        ]
      : wait > expire
        ? [
            finding(
              [has(written, 'expire') ? 'expire' : 'wait'],
              'warning',
              '"expire" is shorter than "wait", so a question ends while its call still waits',
              'make expire: longer than wait:, for example expire: 10m and wait: 45s',
            ),
          ]
        : []),
    ...(lead >= wait && channels.length > 1 && has(written, 'lead')
      ? [
          finding(
            ['lead'],
            'warning',
            '"lead" is as long as "wait" or longer, so where the first channel is silent, no call waits for the next one',
            'make lead: shorter than wait:, for example lead: 10s and wait: 45s',
          ),
        ]
      : []),
  ]
}

/** Servers that need a yes for the host's model, where only the host could be asked, which waits for that model. */
export function unaskableFindings(
  { channels, mode }: ApprovalsOptions,
  servers: readonly Pick<ServerConfig, 'originalId' | 'sampling'>[],
): readonly Finding[] {
  if (mode === 'shadow' || channels.some((name) => name !== 'elicitation')) return []
  return servers
    .filter(({ sampling }) => sampling === 'confirm')
    .map(({ originalId }) => ({
      path: ['servers', originalId, 'sampling'],
      on: 'value',
      severity: 'warning',
      message:
        '"confirm" asks nobody, so it is always refused: the host waits for its model, and no other channel is named',
      hint: 'add page or terminal to approvals.channels, or write sampling: off',
    }))
}

function has(written: unknown, key: string): boolean {
  return typeof written === 'object' && written !== null && Object.hasOwn(written, key)
}

function finding(
  path: readonly (string | number)[],
  severity: Finding['severity'],
  message: string,
  hint: string,
): Finding {
  return { path: ['approvals', ...path], on: 'value', severity, message, hint }
}
