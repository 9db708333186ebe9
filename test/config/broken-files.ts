/** Files that can't be read, or mean nothing, and what `check` and `tools` say of each: the place, and a hint. */
export const BROKEN: readonly [what: string, text: string | Buffer, told: RegExp][] = [
  ['empty', '', /servers\.yaml:1:1: the file is empty\n {2}hint: begin with/],
  ['only a comment', '# later\n', /servers\.yaml:1:1: .*\n {2}hint: /],
  ['larger than 1 MiB', 'a'.repeat(2 << 20), /servers\.yaml:1:1: the file is larger than 1 MiB\n {2}hint: /],
  [
    'not UTF-8',
    Buffer.from('version: 1\nservers:\n  a: { command: "\xff" }\n', 'latin1'),
    /servers\.yaml:3:18: the file is not UTF-8 .*\n {2}hint: save it as UTF-8/,
  ],
  [
    'UTF-16',
    Buffer.from('\ufeffversion: 1\n', 'utf16le'),
    /servers\.yaml:1:1: the file is UTF-16\n {2}hint: /,
  ],
  [
    'an alias that holds itself',
    'version: 1\nservers:\n  a: &x { command: node, args: *x }\n',
    /servers\.yaml:3:\d+: an alias contains itself\n {2}hint: /,
  ],
  [
    'aliases that multiply',
    `version: 1\na: &a [1,1,1,1,1,1,1,1,1]\n${'bcdefghi'
      .split('')
      .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[at]}`).join()}]\n`)
      .join('')}`,
    /servers\.yaml:\d+:\d+: .*\n {2}hint: /,
  ],
  [
    'duplicate ids',
    'version: 1\nservers:\n  a: { command: node }\n  a: { command: node }\n',
    /servers\.yaml:4:3: "a" is given twice, first in line 3\n {2}hint: /,
  ],
  [
    'ids that become one',
    'version: 1\nservers:\n  My Srv: { command: node }\n  my-srv: { command: /nowhere/x }\n',
    /servers\.yaml:3:3: .*both become "my-srv"\n {2}hint: /,
  ],
  [
    'an unknown store',
    'version: 1\nservers:\n  a:\n    command: node\n    env: { T: "${nope:/x}" }\n',
    /servers\.yaml:5:16: .*no store is called "nope"\n {2}hint: declare it/,
  ],
  [
    'a tab',
    'version: 1\nservers:\n\ta: { command: node }\n',
    /servers\.yaml:3:1: a tab is used for indentation\n {2}hint: /,
  ],
  [
    'an unknown key',
    'version: 1\nservers:\n  a: { comand: node }\n',
    /servers\.yaml:3:8: unknown key "comand".*\n {2}hint: did you mean "command"\?/,
  ],
  ['a list', '- a\n', /servers\.yaml:1:1: .*/],
  ['two documents', 'version: 1\nservers: {}\n---\nversion: 1\n', /servers\.yaml:\d+:\d+: .*\n {2}hint: /],
  ['JSON cut short', '{ "mcpServers": { "a": { "command": "node"', /servers\.yaml:\d+:\d+: .*/],
]

/** What is wrong in one entry only. */
export const ODD_ENTRIES: ReadonlySet<string> = new Set([
  'an alias that holds itself',
  'duplicate ids',
  'ids that become one',
  'an unknown store',
  'an unknown key',
])
