/** What the tests of native dialogs ask, and where they keep their files. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Asker } from '../../../src/approval/facts/channel.ts'
import type { Pending } from '../../../src/approval/facts/pending.ts'
import { questionText, type QuestionFacts } from '../../../src/approval/facts/question.ts'

export const asker: Asker = { kind: 'none', why: 'no host is connected' }
export const FACTS: QuestionFacts = {
  server: 'github',
  tool: 'delete_repository',
  risk: 'destructive',
  why: 'risk: named delete',
  args: { owner: 'octo', repo: 'demo' },
  changes: [],
}

export function pendingOf(args: Record<string, unknown> = FACTS.args, text?: string): Pending {
  const facts = { ...FACTS, args }
  return {
    id: '9b2f6a52-5d25-4f5c-9d7b-0f4f4bb5b0aa',
    facts,
    text: text ?? questionText(facts) ?? '',
    askedAt: Date.now(),
    expiresAt: Date.now() + 600_000,
    waiting: true,
    state: 'open',
    offer: undefined,
  }
}

export function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-dialog-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

export const never = (): AbortSignal => new AbortController().signal

/** Text that would do harm if anybody took it for more than text. */
export const HOSTILE = [
  '"; touch pwned; "',
  '$(touch pwned) `touch pwned`',
  '--help',
  '-EncodedCommand AAAA',
  '" & (do shell script "touch pwned") & "',
  '<b>bold</b> &amp; <a href="file:///etc/passwd">x</a>',
  String.raw`C:\new\table %PATH% ${'$'}{HOME}`,
]
