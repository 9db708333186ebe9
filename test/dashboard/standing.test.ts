/** Who is inside, who could be, and who is clear, as process tables. */
import { expect, it } from 'vitest'
import { parseStat, findSocket, unitIn } from '../../src/dashboard/caller/linux.ts'
import { parsePeer, parseTable, parseTerminal } from '../../src/dashboard/caller/mac.ts'
import { judge } from '../../src/dashboard/caller/look.ts'
import type { Process } from '../../src/dashboard/caller/process.ts'
import { worstStanding, type World } from '../../src/dashboard/caller/standing.ts'

const ME = 1000
/** pid: [ppid, start, name, and what else differs]. */
type Row = readonly [ppid: number, start: number, name: string, more?: Partial<Process>]
const world = (
  rows: Readonly<Record<number, Row>>,
  sidecars: number[],
  more: Partial<World> = {},
): World => ({
  table: new Map(
    Object.entries(rows).map(([key, [ppid, start, name, facts]]) => [
      Number(key),
      { pid: Number(key), ppid, uid: ME, start, name, argv: [], leadsTerminal: false, ...facts },
    ]),
  ),
  sidecars: new Set(sidecars),
  adopters: new Set(),
  launchers: new Set(),
  uid: ME,
  ...more,
})
const root = { uid: 0 }
const tty = { leadsTerminal: true }

/** A desktop: the host application 50 with the sidecar 60, its child 61 and that one's child 62. */
const desktop: Readonly<Record<number, Row>> = {
  1: [0, 0, 'systemd', root],
  20: [1, 10, 'systemd'],
  30: [20, 20, 'gnome-shell'],
  31: [20, 30, 'gnome-terminal-'],
  32: [31, 40, 'bash', tty],
  50: [20, 100, 'claude-desktop'],
  51: [50, 110, 'node'],
  60: [51, 120, 'node'],
  61: [60, 130, 'npx'],
  62: [61, 140, 'evil'],
  55: [50, 150, 'bash'],
  56: [55, 160, 'sidemux'],
}
/** Claude Code in a tab, with another tab. */
const terminal: Readonly<Record<number, Row>> = {
  ...desktop,
  40: [31, 50, 'bash', tty],
  50: [40, 100, 'claude'],
  51: [50, 110, 'sh'],
}

const cases: readonly (readonly [name: string, callers: number[], expected: string, world: World])[] = [
  ['a child', [61], 'inside', world(desktop, [60])],
  ['a grandchild', [62], 'inside', world(desktop, [60])],
  [
    'a child of another sidecar',
    [71],
    'inside',
    world({ ...desktop, 70: [50, 120, 'node'], 71: [70, 130, 'x'] }, [60, 70]),
  ],
  ['the sidecar itself', [60], 'clear', world(desktop, [60])],
  ['a shell of the host application', [56], 'host', world(desktop, [60])],
  ['the host application', [50], 'host', world(desktop, [60])],
  ['a shell in a terminal that was there before', [32], 'clear', world(desktop, [60])],
  ['what a child left behind', [90], 'orphan', world({ ...desktop, 90: [20, 200, 'evil'] }, [60])],
  [
    'its child',
    [91],
    'orphan',
    world({ ...desktop, 90: [20, 200, 'script'], 91: [90, 201, 'bash', tty] }, [60]),
  ],
  ['one that the first process adopted', [90], 'orphan', world({ ...desktop, 90: [1, 200, 'evil'] }, [60])],
  ['one as old as the host', [90], 'orphan', world({ ...desktop, 90: [20, 100, 'evil'] }, [60])],
  [
    'what an earlier sidecar of this host left',
    [90],
    'orphan',
    world({ ...desktop, 90: [20, 115, 'evil'] }, [60]),
  ],
  [
    'one adopted by what was found to adopt',
    [90],
    'orphan',
    world({ ...terminal, 90: [31, 200, 'x'] }, [60], { adopters: new Set([31]) }),
  ],
  [
    'a terminal that the desktop opened just now',
    [91],
    'clear',
    world({ ...desktop, 90: [30, 200, 'kitty'], 91: [90, 201, 'bash', tty] }, [60]),
  ],
  [
    'a terminal that the service manager opened just now',
    [91],
    'orphan',
    world({ ...desktop, 90: [20, 200, 'konsole'], 91: [90, 201, 'bash', tty] }, [60]),
  ],
  [
    'the same, where no server can have left anything behind',
    [91],
    'clear',
    world({ ...desktop, 90: [20, 200, 'konsole'], 91: [90, 201, 'bash', tty] }, [60], {
      confined: { unitOf: (pid) => (pid < 90 ? 'app-claude.scope' : 'app-konsole.scope') },
    }),
  ],
  [
    'the same, where systemd tells no applications apart',
    [91],
    'clear',
    world({ ...desktop, 90: [20, 200, 'konsole'], 91: [90, 201, 'bash', tty] }, [60], {
      confined: { unitOf: () => undefined },
    }),
  ],
  [
    'what a shell of the host left behind, where no server can have',
    [91],
    'orphan',
    world({ ...desktop, 90: [20, 200, 'script'], 91: [90, 201, 'bash', tty] }, [60], {
      confined: { unitOf: () => 'app-claude.scope' },
    }),
  ],
  [
    'a shell of the host, where all are confined',
    [56],
    'host',
    world(desktop, [60], { confined: { unitOf: () => undefined } }),
  ],
  ['a confined server', [62], 'inside', world(desktop, [60], { confined: { unitOf: () => undefined } })],
  [
    'a job of cron, where all are confined',
    [93],
    'orphan',
    world({ ...desktop, 90: [1, 5, 'cron', root], 92: [90, 201, 'cron', root], 93: [92, 202, 'sh'] }, [60], {
      confined: { unitOf: () => undefined },
    }),
  ],
  [
    'a login over ssh',
    [93],
    'clear',
    world(
      { ...desktop, 90: [1, 200, 'sshd', root], 92: [90, 201, 'sshd'], 93: [92, 202, 'bash', tty] },
      [60],
    ),
  ],
  [
    'a job of cron',
    [93],
    'orphan',
    world({ ...desktop, 90: [1, 5, 'cron', root], 92: [90, 201, 'cron', root], 93: [92, 202, 'sh'] }, [60]),
  ],
  ['one started from outside a container', [90], 'clear', world({ ...desktop, 90: [0, 200, 'bash'] }, [60])],
  ['another tab', [41], 'clear', world({ ...terminal, 41: [31, 300, 'bash', tty] }, [60])],
  [
    'the shell below which the host runs',
    [42],
    'clear',
    world({ ...terminal, 42: [40, 300, 'sidemux'] }, [60]),
  ],
  [
    'a tool of a host that leads its terminal itself',
    [55],
    'host',
    world({ ...terminal, 50: [31, 100, 'claude', tty] }, [60]),
  ],
  [
    'another tab of a host that leads its terminal itself',
    [41],
    'clear',
    world({ ...terminal, 50: [31, 100, 'claude', tty], 41: [31, 300, 'bash', tty] }, [60]),
  ],
  ['two holders, one inside', [32, 62], 'inside', world(desktop, [60])],
  ['nobody', [], 'unknown', world(desktop, [60])],
  ['one that has ended', [999], 'unknown', world(desktop, [60])],
  ['one whose parent ended meanwhile', [90], 'unknown', world({ ...desktop, 90: [89, 200, 'x'] }, [60])],
  [
    'one below a hidden process of somebody else',
    [93],
    'clear',
    world({ ...desktop, 92: [0, 0, '', { uid: undefined }], 93: [92, 202, 'bash', tty] }, [60]),
  ],
  ['one when our own line is broken', [32], 'unknown', world({ ...desktop, 51: [49, 110, 'node'] }, [60])],
  [
    'a browser that the launcher is starting',
    [90],
    'unknown',
    world({ ...desktop, 80: [60, 200, 'node'], 90: [80, 201, 'firefox'] }, [60], {
      launchers: new Set([80]),
    }),
  ],
]

it.each(cases)('%s', (_name, callers, expected, facts) => {
  expect(worstStanding(callers, facts)).toBe(expected)
})

it('judges what can not be read by who could hold it', () => {
  const facts = world(desktop, [60])
  expect(judge({ kind: 'opaque', uid: ME, suspects: [32, 62] }, facts, new Set()).standing).toBe('inside')
  expect(judge({ kind: 'opaque', uid: ME, suspects: [32] }, facts, new Set()).standing).toBe('unknown')
  expect(judge({ kind: 'gone' }, facts, new Set()).standing).toBe('gone')
  expect(judge({ kind: 'held', uid: 0, holders: [1] }, facts, new Set()).standing).toBe('other-user')
})

it('reads a name that looks like the rest of the line', () => {
  const stat = parseStat(`77 (a) R 1 (b c) S 5 70 71 34816 70 ${'0 '.repeat(13)}4242 0`)
  expect(stat).toEqual({
    name: 'a) R 1 (b c',
    ppid: 5,
    group: 70,
    session: 71,
    terminal: 34816,
    foreground: 70,
    start: 4242,
  })
})

it.each([
  ['IPv4', '0100007F:1F90 0100007F:0050'],
  ['IPv4 in IPv6', '0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:0050'],
])('finds the socket of a peer: %s', (_name, addresses) => {
  const line = (from: string): string =>
    `   0: ${from} 01 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0`
  const other = line('0100007F:0050 0100007F:1F90')
  expect(findSocket(`head\n${other}\n${line(addresses)}`, 8080, 80)).toEqual({ uid: 1000, inode: '4711' })
  expect(findSocket(other, 8080, 80)).toBe(undefined)
})

it.each([
  [
    'a scope of a desktop',
    '0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-code-1.scope\n',
    true,
  ],
  ['beside others', '4:memory:/x\n1:name=systemd:/system.slice/ssh.service\n', true],
  ['the service manager itself', '0::/user.slice/user-1000.slice/user@1000.service/init.scope\n', false],
  ['a slice without units', '0::/user.slice\n', false],
  ['a container', '0::/\n', false],
])('takes the unit of systemd from %s', (_what, text, is) => {
  expect(unitIn(text) !== undefined).toBe(is)
})

it('reads what macOS tells', () => {
  const table = parseTable(
    [
      '    1     0     0 Ss   ??       Mon Nov  3 09:00:00 2026 launchd',
      '  501     1   501 S    ??       Mon Nov  3 09:05:00 2026 Code Helper (Plugin)',
      '  777   501   501 Ss+  ttys003  Mon Nov 23 19:05:01 2026 zsh',
    ].join('\n'),
    '    1 /sbin/launchd\n  501 /Applications/Code.app/x --y\n  777 -zsh',
  )
  expect(table.get(501)).toMatchObject({
    ppid: 1,
    uid: 501,
    name: 'Code Helper (Plugin)',
    leadsTerminal: false,
  })
  expect(table.get(777)).toMatchObject({ ppid: 501, name: 'zsh', leadsTerminal: true, argv: ['-zsh'] })
  // Half a list of commands would make a sidecar, and so its servers, look like anything else.
  const cut = parseTable(
    '    1     0     0 Ss   ??       Mon Nov  3 09:00:00 2026 launchd\n  501     1   501 S    ??       Mon Nov  3 09:05:00 2026 node',
    '    1 /sbin/launchd\n',
  )
  expect([...cut.keys()]).toEqual([1])
  const lsof = 'p60\nu501\nf18\nn127.0.0.1:80->127.0.0.1:8080\np90\nu501\nf7\nn127.0.0.1:8080->127.0.0.1:80\n'
  expect(parsePeer(lsof, 8080, 80)).toEqual({ kind: 'held', uid: 501, holders: [90] })
  expect(parsePeer(lsof.slice(0, 40), 8080, 80)).toEqual({ kind: 'gone' })
  expect(parsePeer('', 8080, 80)).toEqual({ kind: 'untold' })
  expect(parseTerminal('S+ ttys003', 'p777\nf0\nn/dev/ttys003\n')).toBe(true)
  expect(parseTerminal('S+ ttys003', 'p777\nf0\nn/dev/null\n')).toBe(false)
  expect(parseTerminal('S  ttys003', 'p777\nf0\nn/dev/ttys003\n')).toBe(false)
  expect(parseTerminal('S+ ??', 'p777\nf0\nn/dev/??\n')).toBe(false)
})
