/** What a profile says in the words of Landlock and of its filter (promise 2). The real thing: test/attacks/confined. */
import { describe, expect, test } from 'vitest'
import { filterOf, type FilterFacts } from '../../src/confine/confiner/landlock/filter.ts'
import { handledFiles, landlockRules } from '../../src/confine/confiner/landlock/rules.ts'
import { systemCallsOf } from '../../src/confine/confiner/landlock/system-calls.ts'
import type { Mount } from '../../src/confine/mounts.ts'
import { fakeFiles } from './fake-files.ts'

const NEWEST = 7

describe('rules', () => {
  const disk = fakeFiles(`
    /etc/hosts
    /etc/shadow
    /etc/ssl/certs/a.pem
    /etc/ssl/private/key.pem
    /home/u/docs/a.md
  `)
  const paths = (...mounts: Mount[]): string[] =>
    landlockRules({ mounts }, NEWEST, disk).map(({ path }) => path)
  const hides = (path: string, holds: 'file' | 'directory'): Mount => ({
    kind: 'empty',
    path,
    holds,
    keep: false,
  })

  test('a directory is given as it is', () => {
    expect(paths({ kind: 'read', path: '/etc' })).toEqual(['/etc'])
  })

  test('one in which something stays hidden is given entry by entry', () => {
    const etc: Mount = { kind: 'read', path: '/etc' }
    // Names of files are told, and names below a hidden directory are not.
    expect(paths(etc, hides('/etc/shadow', 'file'))).toEqual(['/etc', '/etc/hosts', '/etc/ssl'])
    expect(paths(etc, hides('/etc/ssl/private', 'directory'))).toEqual([
      '/etc/hosts',
      '/etc/shadow',
      '/etc/ssl/certs',
    ])
    expect(paths(hides('/etc', 'directory'), etc)).toEqual([])
  })

  test('what stands elsewhere on the disk is given there, the home too', () => {
    expect(
      paths(
        { kind: 'write', path: '/home/u/link', from: '/home/u/docs' },
        { kind: 'home', path: '/home/u', from: '/state/homes/a' },
      ),
    ).toEqual(['/home/u/docs', '/state/homes/a'])
  })

  test.each([1, 2, 3, 4, 5, 6, 7])('version %i is asked for nothing that it does not know', (abi) => {
    const mounts: Mount[] = [
      { kind: 'devices', path: '/dev' },
      { kind: 'write', path: '/home/u/docs' },
    ]
    for (const { access } of landlockRules({ mounts }, abi, disk)) expect(access & ~handledFiles(abi)).toBe(0)
  })
})

/** What the filter answers: runs the program as the kernel does, over the few instructions that it uses. */
function judged(facts: Omit<FilterFacts, 'calls'>, call: readonly number[], audit?: number): string {
  const calls = systemCallsOf('x64') ?? expect.unreachable()
  const program = Buffer.from(filterOf({ calls, ...facts }), 'hex')
  const [number = 0, ...given] = call
  let loaded = 0
  for (let at = 0; at < program.length / 8; at += 1) {
    const code = program.readUInt16LE(at * 8)
    const value = program.readUInt32LE(at * 8 + 4)
    const jump = (holds: boolean): number => program.readUInt8(at * 8 + (holds ? 2 : 3))
    if (code === 0x20)
      loaded = value === 0 ? number : value === 4 ? (audit ?? calls.audit) : (given[(value - 16) / 8] ?? 0)
    else if (code === 0x54) loaded &= value
    else if (code === 0x15) at += jump(loaded === value)
    else if (code === 0x35) at += jump(loaded >= value)
    else return value === 0x7fff0000 ? 'allowed' : `refused ${value & 0xffff}`
  }
  return 'no end'
}

describe('the filter', () => {
  const open = { network: true, localSockets: true, judgesTruncate: true }
  const SOCKET = 41
  test.each<[string, Partial<typeof open>, readonly number[], string]>([
    ['reading', {}, [0], 'allowed'],
    ['a socket of the internet', {}, [SOCKET, 2], 'allowed'],
    ['one without a network', { network: false }, [SOCKET, 2], 'refused 13'],
    ['one of IPv6 without a network, for datagrams', { network: false }, [SOCKET, 10, 2], 'refused 13'],
    ['a list of network devices', { network: false }, [SOCKET, 16], 'allowed'],
    ['a socket of this machine that was given', {}, [SOCKET, 1], 'allowed'],
    ['one that was not', { localSockets: false }, [SOCKET, 1], 'refused 13'],
    ['raw packets', {}, [SOCKET, 17], 'refused 13'],
    ['a socket of a virtual machine', {}, [SOCKET, 40], 'refused 13'],
    ['io_uring', {}, [425], 'refused 1'],
    ['shared memory', {}, [30], 'refused 1'],
    ['keys of the kernel', {}, [250], 'refused 1'],
    ['its own limits', {}, [302, 0], 'allowed'],
    ['limits of others', {}, [302, 4711], 'refused 1'],
    ['emptying by path, judged by Landlock', {}, [76], 'allowed'],
    ['emptying by path, judged by nobody', { judgesTruncate: false }, [76], 'refused 1'],
    ['emptying by opening to read', { judgesTruncate: false }, [257, -100, 0, 0o1000], 'refused 1'],
    ['the same by the older call', { judgesTruncate: false }, [2, 0, 0o1000], 'refused 1'],
    ['emptying by opening to write', { judgesTruncate: false }, [257, -100, 0, 0o1001], 'allowed'],
    ['opening in a way that no filter sees', { judgesTruncate: false }, [437], 'refused 38'],
    ['calls of another form', {}, [0x40000000 + SOCKET, 2], 'refused 1'],
  ])('%s', (_, facts, call, wanted) => {
    expect(judged({ ...open, ...facts }, call)).toBe(wanted)
  })

  test('calls of 32 bits are not let through', () => {
    expect(judged(open, [0], 0x40000003)).toBe('refused 1')
  })

  test('other processors have the same without calls that they lack', () => {
    for (const arch of ['arm64', 'riscv64', 'loong64'])
      expect(systemCallsOf(arch)?.numbers.landlock_restrict_self).toBe(446)
    expect(systemCallsOf('ppc64')).toBeUndefined()
    expect(systemCallsOf('__proto__')).toBeUndefined()
  })
})
