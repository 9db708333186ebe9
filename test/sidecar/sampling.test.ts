/** `sampling: confirm`: what a human is asked before a server may have the host's model write for it (promise 4). */
import { writeFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { ApprovalRequest, Decision } from '../../src/approval/question/decision.ts'
import { requireConfig } from '../../src/config/load.ts'
import { relayRules } from '../../src/relay/options.ts'
import { confirmSampling } from '../../src/sidecar/host/sampling.ts'

const question = {
  method: 'sampling/createMessage',
  params: { messages: [{ role: 'user', content: { type: 'text', text: 'write' } }], maxTokens: 5 },
}

async function asked(kind: 'approved' | 'refused', given = question) {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-sampling-'))
  const file = join(dir, 'servers.yaml')
  writeFileSync(file, 'version: 1\nservers: { box: { command: node, sampling: confirm } }\n')
  const config = await requireConfig({ env: {}, cwd: dir })
  const requests: ApprovalRequest[] = []
  const decide = async (request: ApprovalRequest): Promise<Decision> => {
    requests.push(request)
    return kind === 'approved'
      ? { kind, id: '1' }
      : { kind, id: '1', why: 'denied', detail: 'the human said no' }
  }
  const confirm = confirmSampling(config, { decide }, 'session')
  const about = { server: 'box', rules: relayRules({ sampling: 'confirm' }), call: 'c1' }
  return { said: await confirm(given, about, new AbortController().signal), requests }
}

it('asks about exactly this server and this request, in full, and nothing of it can be remembered', async () => {
  const { said, requests } = await asked('approved')
  expect(said).toBe(true)
  expect(requests).toHaveLength(1)
  expect(requests[0]).toMatchObject({ call: 'c1', args: question.params, offer: undefined })
  expect(requests[0]?.text).toContain('box: have your model write for it')
  expect(requests[0]?.text).toContain('"text":"write"')
})

it('is no for a no', async () => {
  expect((await asked('refused')).said).toBe(false)
})

it('binds each request by itself', async () => {
  const [one] = (await asked('approved')).requests
  const other = { ...question, params: { ...question.params, maxTokens: 6 } }
  const [two] = (await asked('approved', other)).requests
  expect(one?.binding.argsHash).not.toBe(two?.binding.argsHash)
})
