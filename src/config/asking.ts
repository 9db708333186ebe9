/** Settings of `approvals:` that are each right and don't go together: what a person would find out by waiting. */
import type { ApprovalsOptions } from '../approval/options.ts'
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
