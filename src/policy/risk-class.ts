/** Names how much harm a tool can do. Apart from the schema of rules, which is loaded only where servers.yaml is read. */
import { z } from 'zod'

export const riskClass = z.enum(['read', 'unknown', 'write', 'destructive'])

export type RiskClass = z.output<typeof riskClass>
