/** `sidemux tools --suggest`: rules by which a person is asked less, to paste into the file. */
import { isAskedToRead } from '../../catalog/offers/reading-group.ts'
import type { VerbSession } from '../common/session.ts'
import { historyKey, readHistory } from './history.ts'
import { printProposals, type Printed, type Proposed } from './print.ts'
import { propose, type KnownTool } from './propose.ts'

export async function suggestion({ config, sidecar }: VerbSession, stateDir: string): Promise<Printed> {
  const history = await readHistory(stateDir)
  const entries = sidecar.catalog.entries()
  const all = config.servers.map(({ id, originalId, tools: rules }): Proposed => {
    const own = entries.filter(({ target }) => target.server === id)
    const tools = own.map((entry): KnownTool => {
      const { name, hash, verdict } = entry.target
      return { name, verdict, reads: isAskedToRead(entry), said: history.get(historyKey(id, name, hash)) }
    })
    const path = ['servers', originalId]
    return { name: originalId, at: config.source?.inFile(path) ?? path, ...propose(tools, rules) }
  })
  return printProposals(all, config.source?.braces ?? 'no')
}
