/** Builds what asks a human: the channels in the config's order, and the queue that they answer to. */
import { randomUUID } from 'node:crypto'
import type { Channel } from '../approval/channels/channel.ts'
import { elicitationChannel } from '../approval/channels/elicitation.ts'
import { approvalFacts } from '../approval/event.ts'
import { ApprovalQueue } from '../approval/queue.ts'
import { Seal } from '../approval/seal.ts'
import type { Config } from '../config/config.ts'
import type { Journal } from './journal.ts'

export interface AskingDeps {
  readonly journal: Journal
  /** Asked before those of the config, e.g. the terminal that a command was typed into. */
  readonly channels: readonly Channel[]
}

export class Asking {
  /** Names this run: a yes of another run is none here. */
  readonly session = randomUUID()
  readonly queue: ApprovalQueue

  constructor({ approvals }: Config, { journal, channels }: AskingDeps) {
    const known: Partial<Record<Channel['name'], Channel>> = {
      elicitation: elicitationChannel(async () => undefined),
    }
    this.queue = new ApprovalQueue({
      channels: [...channels, ...approvals.channels.flatMap((name) => known[name] ?? [])],
      shadow: approvals.mode === 'shadow',
      seal: new Seal(this.session),
      waitMs: approvals.wait,
      leadMs: approvals.lead,
      expireMs: approvals.expire,
      now: Date.now,
      onEvent: (event) => journal.record('approval', approvalFacts(event)),
    })
  }

  async close(): Promise<void> {
    this.queue.close()
  }
}
