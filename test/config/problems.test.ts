import { describe, expect, test } from 'vitest'
import { formatProblem } from '../../src/config/problem.ts'
import { brief, briefs, load } from './support.ts'

const head = 'version: 1\nservers:\n  a:\n    command: x\n'

type Case = [what: string, yaml: string, problems: readonly string[]]

const cases: readonly Case[] = [
  ['an empty file', '', ['1:1: the file is empty']],
  ['only a comment', '# later\n\n', ['1:1: the file is empty']],
  ['only a document marker', '---\n', ['1:1: the file is empty']],
  ['only a byte order mark', '\uFEFF', ['1:1: the file is empty']],
  ['a list', '- a\n', ['1:1: the file: expected a mapping (lines of "key: value"), found a list']],
  ['a text', 'hello\n', ['1:1: the file: expected a mapping (lines of "key: value"), found text']],
  ['null', 'null\n', ['1:1: the file: expected a mapping (lines of "key: value"), found nothing']],
  ['no version', 'servers: {}\n', ['1:1: "version" is missing']],
  ['another version', 'version: 2\nservers: {}\n', ['1:10: "version": expected 1']],
  ['no servers', 'version: 1\n', ['1:1: "servers" is missing']],
  [
    'servers left empty',
    'version: 1\nservers:\n',
    ['2:1: "servers": expected a mapping (lines of "key: value"), found nothing'],
  ],
  ['servers as a list', 'version: 1\nservers:\n  - command: x\n', ['3:5: this server has no name']],
  [
    'both servers and mcpServers',
    `${head}mcpServers: {}\n`,
    ['5:1: both "servers" and "mcpServers" are given'],
  ],
  ['an unknown key at the top', `${head}profile: {}\n`, ['5:1: unknown key "profile"']],
  ['an unknown key of a server', `${head}    rate_limit: 1/hour\n`, ['5:5: unknown key "rate_limit" in "a"']],
  ['an unknown key in tools', `${head}    tools: { alow: [x] }\n`, ['5:14: unknown key "alow" in "tools"']],
  [
    'an unknown key in defaults',
    `${head}defaults:\n  timout: 1s\n`,
    ['6:3: unknown key "timout" in "defaults"'],
  ],
  ['a merge key', `${head}    <<: {}\n`, ['5:5: unknown key in "a"']],
  [
    'neither command nor url',
    'version: 1\nservers:\n  a: { args: [x] }\n',
    ['3:3: "a" has neither "command" nor "url"'],
  ],
  [
    'both command and url',
    `${head}    url: https://example.com\n`,
    ['5:10: "a" has both "command" and "url"'],
  ],
  [
    'a type that is not of a program',
    `${head}    type: http\n`,
    ['5:11: "a" has a "command", so its type is stdio'],
  ],
  [
    'an unknown type',
    `${head}    type: studio\n`,
    ['5:11: "type": expected one of stdio, local, http, streamable-http, streamableHttp, sse'],
  ],
  [
    'an empty command',
    'version: 1\nservers:\n  a: { command: "" }\n',
    ['3:17: "command": expected text that is not empty'],
  ],
  [
    'args as text',
    `${head}    args: -y\n`,
    ['5:11: "args": expected a list ([…], or lines with "- "), found text'],
  ],
  ...(
    [
      [
        'without hosts',
        'value: x, deliver: broker',
        '"deliver: broker" names no hosts to which the value may go',
      ],
      ['of no host', 'value: x, deliver: broker, hosts: ["*"]', 'a host of "hosts" is no host'],
      [
        'of hosts alone',
        'value: x, hosts: [a.example]',
        '"hosts" does nothing for a value that is handed over',
      ],
      [
        'of what is plain',
        'value: "${plain:env:A}", deliver: broker, hosts: [a.example]',
        'a value that is declared plain is no secret, and is not brokered',
      ],
      [
        'in another place',
        'value: x, deliver: broker, hosts: [a.example], in: [cookie]',
        'item 1 of "in": expected one of header, query, path, body',
      ],
    ] as const
  ).map(([what, mapping, message]): Case => [
    `a broker ${what}`,
    `${head}    env: { A: { ${mapping} } }\n`,
    [expect.stringContaining(message)],
  ]),
  [
    'a broker without a sandbox',
    `${head}    env: { A: { value: x, deliver: broker, hosts: [a.example] } }\n    sandbox: off\n`,
    [expect.stringContaining('"deliver: broker" needs the sandbox')],
  ],
  [
    'a broker without a network',
    `${head}    env: { A: { value: x, deliver: broker, hosts: [a.example] } }\n    sandbox: { network: none }\n`,
    [expect.stringContaining('needs a network')],
  ],
  ['a list in args', `${head}    args: [[x]]\n`, ['5:12: item 1 of "args": expected text, found a list']],
  [
    'null in env',
    `${head}    env: { A: null, B: }\n`,
    [
      '5:15: "A": expected text, or a mapping with "value"',
      '5:21: "B": expected text, or a mapping with "value"',
    ],
  ],
  [
    'a mapping in env',
    `${head}    env:\n      A:\n        B: x\n`,
    ['6:7: "value" is missing in "A"', '7:9: unknown key "B" in "A"'],
  ],
  ['a variable with =', `${head}    env: { "A=B": x }\n`, ['5:12: a key in "env": expected a variable name']],
  [
    'a wild card in inheritEnv',
    `${head}    inheritEnv: ["AWS_*"]\n`,
    ['5:18: item 1 of "inheritEnv": expected a variable name'],
  ],
  [
    'a duration without a unit',
    `${head}    startTimeout: 60\n`,
    ['5:19: "startTimeout": expected a duration such as 500ms, 45s, 10m or 1h, found a number'],
  ],
  [
    'a duration that is none',
    `${head}    timeout: soon\n`,
    ['5:14: "timeout": expected a duration such as 500ms, 45s, 10m or 1h'],
  ],
  [
    'a duration that no timer can wait',
    `${head}    timeout: 9999h\n`,
    ['5:14: "timeout": expected a duration of at most 596h'],
  ],
  ['a rate that is none', `${head}    rateLimit: 10\n`, ['5:16: "rateLimit": expected text, found a number']],
  [
    'an unknown sandbox',
    `${head}    sandbox: on\n`,
    ['5:14: "sandbox": expected auto, off, required, or a mapping such as { read: [~/Documents] }'],
  ],
  [
    'a truth that is text',
    `${head}    disabled: "yes"\n`,
    ['5:15: "disabled": expected true or false, found text'],
  ],
  [
    'no approval channel',
    `${head}approvals: { channels: [] }\n`,
    ['5:24: "channels": expected at least 1 of them'],
  ],
  [
    'an unknown store type',
    `${head}secrets: { s: { type: dotnev, path: x } }\n`,
    [
      '5:23: "type": expected one of env, dotenv, file, exec, infisical, vault, age, aws-sm, azure-kv, bws, doppler, dotenvx, gcp-sm, keychain, local, op, pass, sops',
    ],
  ],
  ['a store without type', `${head}secrets: { s: { path: x } }\n`, ['5:12: "type" is missing in "s"']],
  ['a store without path', `${head}secrets:\n  s:\n    type: dotenv\n`, ['6:3: "path" is missing in "s"']],
  [
    'a nested missing key',
    `${head}secrets: { s: { type: infisical, projectId: p, environment: dev, auth: { method: universal-auth, clientId: i } } }\n`,
    ['5:66: "clientSecret" is missing in "auth"'],
  ],
  [
    'a store alias in capitals',
    `${head}secrets: { Team: { type: env } }\n`,
    ['5:12: "Team": expected a store alias such as "team": a-z, 0-9 and -'],
  ],
  [
    'a store alias with a meaning',
    `${head}secrets: { file: { type: env } }\n`,
    [
      '5:12: "file": env, file, lease and plain have a meaning of their own in references; choose another alias',
    ],
  ],
  [
    'an environment that is a path',
    `${head}environment: ../prod\n`,
    ['5:14: "environment": expected the name of an environment, such as dev'],
  ],
  [
    'a profile with an unknown server',
    `${head}profiles: { p: { servers: [b] } }\n`,
    ['5:28: no server is called "b"'],
  ],
  [
    'two mistakes in one entry',
    `${head}    foo: 1\n    env: { A: "\${no:x}" }\n`,
    ['5:5: unknown key "foo" in "a"', '6:16: "A": no store is called "no"'],
  ],
  [
    'duplicate ids',
    'version: 1\nservers:\n  a: { command: x }\n  b: { command: x }\n  a: { command: y }\n',
    ['5:3: "a" is given twice, first in line 3'],
  ],
  [
    'duplicate ids in JSON',
    '{ "version": 1, "servers": {\n"a": { "command": "x" },\n"a": { "command": "y" } } }',
    ['3:1: "a" is given twice, first in line 2'],
  ],
  [
    'a duplicate key',
    `${head}    env: { A: x,\n      A: y }\n`,
    ['6:7: "A" is given twice, first in line 5'],
  ],
  [
    'ids that become the same',
    'version: 1\nservers:\n  my-server: { command: x }\n  My_Server: { command: x }\n',
    ['4:3: "My_Server" and "my-server" both become "my-server"'],
  ],
  [
    'an id without a letter',
    'version: 1\nservers:\n  "日本": { command: x }\n',
    ['3:3: the name of this server holds no letter of a-z and no digit'],
  ],
  ['a list as key', 'version: 1\nservers:\n  [a]: { command: x }\n', ['3:3: a key is not text']],
  ['an empty key', `${head}    : x\n`, ['5:1: a key is not text']],
  [
    'a key that would reach the prototype',
    'version: 1\nservers:\n  __proto__: { command: x }\n',
    ['3:3: nothing can have this name'],
  ],
  ['a tab as indentation', 'version: 1\nservers:\n\ta:\n', ['3:1: a tab is used for indentation']],
  [
    'a missing bracket',
    'version: 1\nservers: { a: { command: x }\n',
    ['3:1: the indentation does not fit, or something before it is not closed'],
  ],
  ['a missing space after the colon', 'version:1\nservers: {}\n', ['1:1: a key goes over several lines']],
  [
    'a value that begins with @',
    `${head}    args: [@scope/pkg]\n`,
    ['5:12: a text begins with a character that has a meaning in YAML'],
  ],
  [
    'an unknown escape',
    `${head}    cwd: "C:\\Users"\n`,
    ['5:10: a double-quoted text holds an unknown escape'],
  ],
  ['an unknown tag', `${head}    description: !secret x\n`, ['5:18: an unknown tag (!…)']],
  ['a second document', `${head}---\nversion: 1\n`, ['5:1: a second YAML document begins here']],
  [
    'an alias without anchor',
    `${head}    env: *common\n`,
    [
      '5:10: an alias (*name) has no anchor (&name) before it',
      '5:10: "env": expected a mapping (lines of "key: value"), found nothing',
    ],
  ],
  [
    'a NUL in a text',
    `${head}    args: ["a\\0b"]\n`,
    ['5:12: a text holds an escape for what is no character'],
  ],
  [
    'half a surrogate pair',
    `${head}    args: ["a\\uD800"]\n`,
    ['5:12: a text holds an escape for what is no character'],
  ],
]

describe('what is wrong, and where', () => {
  test.each(cases)('%s', async (_, yaml, problems) => {
    const loaded = await load(yaml)
    expect(loaded.problems.map(brief)).toEqual(problems)
    expect(loaded.config).toBeUndefined()
  })

  test.each(cases)('%s: every error says what to do', async (_, yaml) => {
    const { problems } = await load(yaml)
    const clear = problems.every(({ hint, message }) => hint !== undefined || message.includes('expected'))
    expect(clear).toBe(true)
  })

  test('a problem is one line that terminals can open, and a hint', () => {
    const problem = { file: 'servers.yaml', line: 3, col: 5, message: 'unknown key "x"' }
    expect(formatProblem({ ...problem, severity: 'error', hint: 'known here: y' })).toBe(
      'servers.yaml:3:5: unknown key "x"\n  hint: known here: y',
    )
    expect(formatProblem({ ...problem, severity: 'warning' })).toBe(
      'servers.yaml:3:5: warning: unknown key "x"',
    )
  })

  test('a name that would drive the terminal is not printed', async () => {
    const { problems } = await load(
      `version: 1\nsecrets: { "\\e[31mx": { type: env } }\nservers: { "a\\e[2J": { command: x, "\\e[0m": 1, env: { A: "\${x:y}" } } }\n`,
    )
    expect(problems).toHaveLength(4)
    expect(problems.map(formatProblem).join('')).not.toContain('\u001B')
  })

  test('no more problems are listed than a person reads, and errors come before warnings', async () => {
    const ids = Array.from({ length: 150 }, (_, index) => `  s_${index}: { command: x }\n`).join('')
    const problems = await briefs(`version: 1\nservers:\n${ids}oops: 1\n`)
    expect(problems).toHaveLength(101)
    expect(problems.at(-2)).toBe('153:1: unknown key "oops"')
    expect(problems.at(-1)).toMatch(/and 51 more$/)
  })
})

describe('unknown keys name the nearest known one', () => {
  const hints: readonly [yaml: string, hint: string][] = [
    [`${head}    commnd: x\n`, 'did you mean "command"?'],
    [`${head}    cmd: 7\n`, 'did you mean "cwd"?'],
    [`${head}    evn: {}\n`, 'did you mean "env"?'],
    [
      `${head}secrets: { s: { type: age, path: x, identity: y, auth: {} } }\n`,
      'known here: type, path, identity, program, env, timeout',
    ],
    [`${head}    rate-limit: x\n`, 'did you mean "rateLimit"?'],
    [`${head}    ENV: x\n`, 'did you mean "env"?'],
    [`${head}secret: {}\n`, 'did you mean "secrets"?'],
    [`${head}secrets: { s: { type: dotenv, path: x, pth: y } }\n`, 'did you mean "path"?'],
    [`${head}secrets: { s: { type: env, path: y } }\n`, 'known here: type, prefix'],
    [`${head}profiles: { p: { tools: { clases: [] } } }\n`, 'did you mean "classes"?'],
    [`${head}audit: { zzzz: 1 }\n`, 'known here: required, arguments'],
    [`${head}    <<: {}\n`, 'YAML 1.2 has no merge keys; write the fields out'],
  ]
  test.each(hints)('%j', async (yaml, hint) => {
    const { problems } = await load(yaml)
    expect(problems.map((problem) => problem.hint)).toEqual([hint])
  })
})

describe('settings of approvals that do not go together', () => {
  const clashes: readonly [section: string, problems: readonly string[]][] = [
    ['channels: [page, terminal, page]', ['5:41: warning: "page" is named twice in "channels"']],
    [
      'wait: 20m',
      ['5:20: warning: "expire" is shorter than "wait", so a question ends while its call still waits'],
    ],
    [
      'expire: 10s',
      ['5:22: warning: "expire" is shorter than "wait", so a question ends while its call still waits'],
    ],
    [
      'wait: 5s, lead: 5s',
      [
        '5:30: warning: "lead" is as long as "wait" or longer, so where the first channel is silent, no call waits for the next one',
      ],
    ],
    ['expire: 0s', ['5:22: "expire" is 0, so no yes could ever be used']],
    // A host that gives up at once is served by wait: 0s, and one channel has no next one.
    ['wait: 0s', []],
    ['wait: 5s', []],
    ['wait: 5s, lead: 1m, channels: [page]', []],
  ]
  test.each(clashes)('%s', async (section, problems) => {
    const loaded = await load(`${head}approvals: { ${section} }\n`)
    expect(loaded.problems.map(brief)).toEqual(problems)
    expect(loaded.problems.every(({ hint }) => hint !== undefined)).toBe(true)
  })

  const unaskable =
    '5:15: warning: "confirm" asks nobody, so it is always refused: the host waits for its model, and no other channel is named'
  test.each<[section: string, sampling: string, problems: readonly string[]]>([
    ['channels: [elicitation]', 'confirm', [unaskable]],
    ['channels: [elicitation]', 'allow', []],
    ['channels: [elicitation, terminal]', 'confirm', []],
    ['wait: 5s', 'confirm', []],
  ])('%s, and sampling: %s', async (section, sampling, problems) => {
    expect(await briefs(`${head}    sampling: ${sampling}\napprovals: { ${section} }\n`)).toEqual(problems)
  })
})
