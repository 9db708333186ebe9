/** Writes and reads heads of the log as a person notes them down, to compare the log with them later. Pure. */
import type { Witness } from '../../audit/chain/files.ts'
import { usage } from '../options.ts'

export function headText({ segment, seq, hash }: Witness): string {
  return `${segment}:${seq}:${hash}`
}

/** @throws SidemuxError for what is none */
export function parseHeads(text: string): Witness[] {
  return text.split(',').map((one) => {
    const [, segment = '', seq, hash = ''] = /^([\w.-]+):(\d{1,15}):([0-9a-f]{64})$/.exec(one.trim()) ?? []
    if (seq === undefined)
      throw usage('--since is no head of the log', 'take the one that "sidemux audit verify" printed')
    return { segment, seq: Number(seq), hash }
  })
}
