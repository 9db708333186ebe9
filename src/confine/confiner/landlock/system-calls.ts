/**
 * The numbers of calls of the Linux kernel, by processor as Node names it. A processor that isn't here can't be confined
 * by Landlock.
 *
 * @see arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h of the kernel
 */
export interface SystemCalls {
  /** What a filter is told of the processor (AUDIT_ARCH_*). */
  readonly audit: number
  readonly numbers: Readonly<Record<CallName, number>>
  /** Calls that only older processors have. */
  readonly old: Readonly<{ open?: number }>
  /** Numbers from here on are of another form of the same calls, and none of them is let through. */
  readonly firstOther?: number
}

type CallName = keyof typeof EVERYWHERE | keyof typeof GENERIC

const EVERYWHERE = {
  io_uring_setup: 425,
  close_range: 436,
  openat2: 437,
  landlock_create_ruleset: 444,
  landlock_add_rule: 445,
  landlock_restrict_self: 446,
}

const GENERIC = {
  truncate: 45,
  openat: 56,
  close: 57,
  capset: 91,
  unshare: 97,
  prctl: 167,
  mq_open: 180,
  msgget: 186,
  semget: 190,
  shmget: 194,
  shmat: 196,
  socket: 198,
  add_key: 217,
  request_key: 218,
  keyctl: 219,
  prlimit64: 261,
}

const X64: typeof GENERIC = {
  close: 3,
  shmget: 29,
  shmat: 30,
  socket: 41,
  semget: 64,
  msgget: 68,
  truncate: 76,
  capset: 126,
  prctl: 157,
  mq_open: 240,
  add_key: 248,
  request_key: 249,
  keyctl: 250,
  openat: 257,
  unshare: 272,
  prlimit64: 302,
}

const generic = (audit: number): SystemCalls => ({ audit, numbers: { ...EVERYWHERE, ...GENERIC }, old: {} })

const BY_PROCESSOR: Readonly<Record<string, SystemCalls>> = {
  x64: {
    audit: 0xc000003e,
    numbers: { ...EVERYWHERE, ...X64 },
    old: { open: 2 },
    firstOther: 0x40000000,
  },
  arm64: generic(0xc00000b7),
  riscv64: generic(0xc00000f3),
  loong64: generic(0xc0000102),
}

/** @param arch `process.arch` */
export function systemCallsOf(arch: string): SystemCalls | undefined {
  return Object.hasOwn(BY_PROCESSOR, arch) ? BY_PROCESSOR[arch] : undefined
}
