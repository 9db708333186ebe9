/**
 * Decides whether a server uses more of the machine than it may. Pure.
 *
 * Where nobody set a limit the machine is what is kept: a server is ended when it has three quarters of all memory, or more
 * than a third of it while next to nothing is left. Then it is the server that ends, and not whatever the system picks.
 */
import { MAX_PROCESSES, type LimitsOption } from '../../limits.ts'

export interface Machine {
  /** Bytes; what a container may have, where that is less. */
  readonly memory: number
  readonly available: number
}

/** Of a server with all that it started. */
export interface Usage {
  readonly processes: number
  /** Bytes, swapped out ones too. */
  readonly memory: number
}

export interface Excess {
  /** Ends a sentence that begins with the server's id. */
  readonly why: string
  readonly setting: 'memory' | 'processes'
}

const MOST_OF_ALL = 0.75
const MUCH = 0.33
const NEARLY_NOTHING = 0.03

export function excessOf(usage: Usage, limits: LimitsOption, machine: Machine): Excess | undefined {
  const most = limits.processes ?? MAX_PROCESSES
  if (usage.processes > most)
    return { setting: 'processes', why: `was ended for having more than ${most} processes` }
  const memory = limits.memory ?? mostMemory(machine)
  if (usage.memory <= memory) return undefined
  const used = sizeText(usage.memory)
  return {
    setting: 'memory',
    why:
      limits.memory === undefined && memory < MOST_OF_ALL * machine.memory
        ? `was ended for using ${used} of memory while this machine had next to none left`
        : `was ended for using ${used} of memory (of at most ${sizeText(memory)})`,
  }
}

function mostMemory({ memory, available }: Machine): number {
  return memory * (available < NEARLY_NOTHING * memory ? MUCH : MOST_OF_ALL)
}

export function sizeText(bytes: number): string {
  const [divisor, unit] = bytes >= 2 ** 30 ? [2 ** 30, 'GiB'] : [2 ** 20, 'MiB']
  return `${Number((bytes / divisor).toFixed(1))} ${unit}`
}
