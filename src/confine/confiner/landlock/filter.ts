/**
 * Writes a filter of system calls (seccomp) for what Landlock doesn't judge. Pure.
 *
 * - Sockets: of this machine by path only where one was given, since behind one may stand whoever starts programs for
 *   everybody (docker, the session bus). Without a network none of the internet at all, UDP included.
 * - Shared memory and queues of System V and POSIX, which processes of one user share; keys of the kernel; limits of
 *   other processes; io_uring, whose requests no filter sees.
 * - On kernels before 6.2, where Landlock doesn't judge it: emptying a file that may not be written.
 *
 * @see man 2 seccomp, linux/filter.h, linux/seccomp.h
 */
import type { SystemCalls } from './system-calls.ts'

export interface FilterFacts {
  readonly calls: SystemCalls
  readonly network: boolean
  /** Sockets of this machine that stand in the file system. */
  readonly localSockets: boolean
  /** Landlock judges who empties a file. */
  readonly judgesTruncate: boolean
}

/** code, jump if true, jump if false, value */
type Instruction = readonly [number, number, number, number]

const LOAD = 0x20
const EQUAL = 0x15
const AT_LEAST = 0x35
const AND = 0x54
const RETURN = 0x06
const ALLOW = 0x7fff0000
const REFUSE = 0x00050000
const EPERM = 1
const EACCES = 13
const ENOSYS = 38

/** Where it stands in what a filter is told: struct seccomp_data. */
const NUMBER = 0
const PROCESSOR = 4
const argument = (index: number): number => 16 + 8 * index

const AF_UNIX = 1
const AF_INET = 2
const AF_INET6 = 10
/** Lists network devices; it changes nothing without privileges. */
const AF_NETLINK = 16
/** O_ACCMODE and O_TRUNC. */
const OPEN_MODE = 0o1003
const EMPTY_IT = 0o1000

const refuse = (code: number): Instruction => [RETURN, 0, 0, REFUSE | code]
const allow: Instruction = [RETURN, 0, 0, ALLOW]

/** If the loaded value is this one, what follows is done, and it ends there. */
const when = (value: number, then: readonly Instruction[]): Instruction[] => [
  [EQUAL, 0, then.length, value],
  ...then,
]

/** As bytes in hex, for a machine that writes the low byte first. */
export function filterOf({ calls, network, localSockets, judgesTruncate }: FilterFacts): string {
  const { numbers, old, firstOther } = calls
  const families = [AF_NETLINK, ...(network ? [AF_INET, AF_INET6] : []), ...(localSockets ? [AF_UNIX] : [])]
  const shut = [
    numbers.io_uring_setup,
    numbers.shmget,
    numbers.shmat,
    numbers.msgget,
    numbers.semget,
    numbers.mq_open,
    numbers.add_key,
    numbers.request_key,
    numbers.keyctl,
    ...(judgesTruncate ? [] : [numbers.truncate]),
  ]
  const empties = (flags: number): Instruction[] => [
    [LOAD, 0, 0, argument(flags)],
    [AND, 0, 0, OPEN_MODE],
    ...when(EMPTY_IT, [refuse(EPERM)]),
    allow,
  ]
  const program: Instruction[] = [
    [LOAD, 0, 0, PROCESSOR],
    [EQUAL, 1, 0, calls.audit],
    refuse(EPERM),
    [LOAD, 0, 0, NUMBER],
    ...(firstOther === undefined ? [] : ([[AT_LEAST, 0, 1, firstOther], refuse(EPERM)] as const)),
    ...shut.flatMap((number) => when(number, [refuse(EPERM)])),
    ...when(numbers.socket, [
      [LOAD, 0, 0, argument(0)],
      ...families.flatMap((family) => when(family, [allow])),
      refuse(EACCES),
    ]),
    // Its own limits have the number 0.
    ...when(numbers.prlimit64, [[LOAD, 0, 0, argument(0)], ...when(0, [allow]), refuse(EPERM)]),
    ...(judgesTruncate
      ? []
      : [
          // What it opens with stands in memory, where no filter looks; programs go on with the older call.
          ...when(numbers.openat2, [refuse(ENOSYS)]),
          ...when(numbers.openat, empties(2)),
          ...(old.open === undefined ? [] : when(old.open, empties(1))),
        ]),
    allow,
  ]
  const bytes = Buffer.alloc(program.length * 8)
  for (const [index, [code, ifTrue, ifFalse, value]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8)
    bytes.writeUInt8(ifTrue, index * 8 + 2)
    bytes.writeUInt8(ifFalse, index * 8 + 3)
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4)
  }
  return bytes.toString('hex')
}
