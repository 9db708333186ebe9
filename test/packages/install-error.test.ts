/** What the end of an installer means, by what npm says of it (promise 5: in our words, without an address of theirs). */
import { expect, it } from 'vitest'
import { notInstalled } from '../../src/packages/install-error.ts'

it.each([
  ['ETARGET', undefined, 'since no version fits what is written', 'npm view srv versions', false],
  ['ETARGET', 'servers.lock', 'since no version fits what is written', '"sidemux update a" shows', false],
  ['E503', undefined, 'since the registry could not be reached', 'it is tried again', true],
  ['ENOSPC', undefined, 'since the disk is full', 'make room', true],
])('npm error code %s, as %s holds it: %s', (code, file, why, hint, retryable) => {
  const said = `npm warn deprecated x: E404 somewhere\nnpm error code ${code}\nnpm error https://user:made-up@host/srv`
  const error = notInstalled({ server: 'a', spec: 'srv@9', ...(file !== undefined && { file }) }, 'npm', said)
  expect(error).toMatchObject({ message: expect.stringContaining(why), retryable })
  expect(error.hint?.toLowerCase()).toContain(hint.toLowerCase())
  expect(`${error.message} ${error.hint}`).not.toContain('made-up')
})
