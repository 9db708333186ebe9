/** Variables of other hosts, wrong keys and wrong kinds: each says what to write, at its place. */
import type { Paste } from './hosts.ts'

const VARIABLE = 'a host would put a variable here'

/** One entry beside a sound one. A ^ stands before each place that something is said of. */
function odd(what: string, marked: string, says: readonly string[], hint: RegExp): Paste {
  const before = '  odd: { '
  const columns = marked.split('^').slice(0, -1)
  let at = before.length + 1
  return {
    what,
    text: `version: 1\nservers:\n  good: { command: x }\n${before}${marked.replaceAll('^', '')} }\n`,
    starts: ['good x', 'odd !'],
    says: says.map((said, index) => {
      at += columns[index]?.length ?? 0
      return `4:${at}: ${said}`
    }),
    hint,
  }
}

export const WORDS: readonly Paste[] = [
  odd('$NAME', 'command: x, env: { T: ^$MY_TOKEN }', [`"T": ${VARIABLE}`], /write \$\{env:MY_TOKEN\}/),
  odd('$name', 'command: x, env: { T: "^$my_token" }', [`"T": ${VARIABLE}`], /write \$\{env:NAME\}/),
  odd(
    'Bearer $NAME',
    'url: "https://e.com", headers: { A: "Bearer ^$TOK" }',
    [`"A": ${VARIABLE}`],
    /\$\{env:TOK\}/,
  ),
  odd('$NAME in an address', 'url: "https://e.com/^$TENANT/mcp"', [`"url": ${VARIABLE}`], /\$\{env:TENANT\}/),
  odd(
    '$NAME in an argument',
    'command: x, args: ["--key=^$KEY"]',
    [`item 1 of "args": ${VARIABLE}`],
    /\$\{env:KEY\}/,
  ),
  odd('$HOME in a command', 'command: ^$HOME/bin/x', [`"command": ${VARIABLE}`], /\$\{env:HOME\}/),
  odd('$env:NAME', 'command: x, env: { T: "^$env:TOKEN" }', [`"T": ${VARIABLE}`], /\$\{env:TOKEN\}/),
  odd(
    '$name behind a scheme',
    'url: "https://e.com", headers: { A: "Bearer ^$token" }',
    [`"A": ${VARIABLE}`],
    /\$\{env:NAME\}/,
  ),
  odd(
    '$name behind an option',
    'command: x, args: ["--key=^$key"]',
    [`item 1 of "args": ${VARIABLE}`],
    /\$\{env:NAME\}/,
  ),
  odd(
    '$name as a parameter',
    'url: "https://e.com/?key=^$key&x=1"',
    [`"url": ${VARIABLE}`],
    /\$\{env:NAME\}/,
  ),
  odd(
    'process.env.NAME',
    'command: x, env: { T: "^process.env.TOKEN" }',
    [`"T": ${VARIABLE}`],
    /\$\{env:TOKEN\}/,
  ),
  odd('{NAME}', 'command: x, env: { T: "^{TOKEN}" }', [`"T": ${VARIABLE}`], /\$\{env:TOKEN\}/),
  odd('op://', 'command: x, env: { T: "^op://v/i/f" }', [`"T": ${VARIABLE}`], /store of type op/),
  odd(
    'YOUR_TOKEN_HERE',
    'command: x, env: { T: "Bearer ^YOUR_TOKEN_HERE" }',
    ['"T": this only says what belongs here'],
    /secrets set/,
  ),
  odd(
    'a value before a command',
    'command: ^"TOKEN=q7Zx9K npx -y x"',
    ['"command" holds arguments too'],
    /command: PROGRAM, args/,
  ),
  odd(
    'a switch as text',
    'command: x, disabled: ^"true"',
    ['"disabled": expected true or false, found text'],
    /^write true or false, without quotes$/,
  ),
  odd('%NAME%', 'command: x, env: { T: "^%TOKEN%" }', [`"T": ${VARIABLE}`], /\$\{env:TOKEN\}/),
  odd('%APPDATA% in a path', 'command: x, cwd: "^%APPDATA%/x"', [`"cwd": ${VARIABLE}`], /\$\{env:APPDATA\}/),
  odd('{{NAME}}', 'command: x, env: { T: "^{{TOKEN}}" }', [`"T": ${VARIABLE}`], /\$\{env:TOKEN\}/),
  odd('{env:NAME}', 'command: x, env: { T: "^{env:TOKEN}" }', [`"T": ${VARIABLE}`], /\$\{env:TOKEN\}/),
  odd('{file:x}', 'command: x, env: { T: "^{file:~/t}" }', [`"T": ${VARIABLE}`], /\$\{file:\/path\}/),
  odd(
    '${input:x}',
    'command: x, env: { T: "^${input:t}" }',
    [`"T": ${VARIABLE}`],
    /ask for it; put the value/,
  ),
  odd('${env.NAME}', 'command: x, env: { T: "^${env.TOKEN}" }', [`"T": ${VARIABLE}`], /\$\{env:TOKEN\}/),
  odd('${NAME}', 'command: x, cwd: "^${HOME}/x"', [`"cwd": ${VARIABLE}`], /\$\{env:HOME\}/),
  odd('${NAME:?}', 'command: x, env: { T: "^${TOKEN:?missing}" }', [`"T": ${VARIABLE}`], /\$\{env:TOKEN\}/),
  odd(
    '${NAME:-x}',
    'command: x, env: { T: "^${TOKEN:-x}" }',
    [`"T": ${VARIABLE}`],
    /\$\{env:TOKEN:-default\}/,
  ),
  odd('${workspaceFolder}', 'command: x, cwd: "^${workspaceFolder}/x"', [`"cwd": ${VARIABLE}`], /whole path/),
  odd('${user_config.x}', 'command: x, env: { T: "^${user_config.k}" }', [`"T": ${VARIABLE}`], /store/),
  odd(
    '$(cmd)',
    'command: x, env: { T: "^$(pass show t)" }',
    ['"T": a shell would run a command here, and put in what it prints'],
    /type exec/,
  ),
  odd(
    '$(which npx)',
    'command: "^$(which npx)"',
    ['"command": a shell would run a command here, and put in what it prints'],
    /looked up in PATH/,
  ),
  odd(
    'a placeholder',
    'command: x, env: { T: "^<YOUR_TOKEN>" }',
    ['"T": this only says what belongs here'],
    /secrets set/,
  ),
  odd('~', 'command: ^~/bin/x', ['"command": ~ is not expanded'], /\$\{env:HOME\}/),
  odd(
    'a command with its arguments',
    'command: ^npx -y foo',
    ['"command" holds arguments too'],
    /command: npx, args: \[…\]/,
  ),
  odd(
    'a path with its arguments',
    'command: ^"/usr/bin/node server.js"',
    ['"command" holds arguments too'],
    /command: node/,
  ),
  odd(
    'arguments as one text',
    'command: npx, args: ^"-y foo"',
    ['"args": expected a list ([…], or lines with "- "), found text'],
    /args: \[-y, NAME\]/,
  ),
  odd(
    'variables as a list',
    'command: x, env: ^["A=1"]',
    ['"env": expected a mapping (lines of "key: value"), found a list'],
    /env: \{ NAME: value \}/,
  ),
  odd(
    'a list and arguments',
    'command: ^[npx, -y], ^args: [foo]',
    ['"command": expected text, found a list', '"command" is a list, and there are "args" too'],
    /./,
  ),
  odd(
    'two addresses',
    'url: "https://e.com", ^httpUrl: "https://f.com"',
    ['"httpUrl" is what is called "url" here, and both are given'],
    /keep one/,
  ),
  odd(
    'a switch that is no switch',
    'command: x, ^enabled: "no"',
    ['"enabled": expected true or false'],
    /disabled: true/,
  ),
  odd(
    'transport and type',
    'url: "https://e.com", type: http, ^transport: sse',
    ['"transport" says another transport than "type"'],
    /keep one/,
  ),
  odd(
    'two things wrong',
    'command: ^npx -y foo, env: { T: ^$MY_TOKEN }',
    ['"command" holds arguments too', `"T": ${VARIABLE}`],
    /\$\{env:MY_TOKEN\}/,
  ),
  odd(
    'a header with a line break',
    'url: "https://e.com", headers: { A: ^"x\\ny" }',
    ['the value holds characters that a header can not have'],
    /line breaks/,
  ),
  odd(
    'a header with a colon in its name',
    'url: "https://e.com", headers: { "A: b": ^x }',
    ['the name of a header holds a character that it can not have'],
    /Authorization/,
  ),
  {
    what: 'what only looks like a variable',
    text: 'version: 1\nservers:\n  a:\n    command: sh\n    args: [-c, "exec $HOME/bin/x $(cat y)"]\n  b:\n    command: x\n    args: ["/Users/me/My Files", "100%", "%20a%20", "US$5", "%Y-%m-%d", "{{.Name}}"]\n    env: { P: "pa$$w0rd!x", H: "$2b$10$N9qo8uLOickgx2ZMRZoMye", Q: "a%2Fb%2f", R: "$${NOT}" }\n  c: { command: /Applications/My App.app/x }\n  d: { url: "https://e.com/?q=%ABcd%EF&r=%41me%20" }\n',
    starts: [
      'a sh -c exec $HOME/bin/x $(cat y)',
      'b x /Users/me/My Files 100% %20a%20 US$5 %Y-%m-%d {{.Name}} P=pa$$w0rd!x H=$2b$10$N9qo8uLOickgx2ZMRZoMye Q=a%2Fb%2f R=$${NOT}',
      'c /Applications/My App.app/x',
      'd https://e.com/?q=%ABcd%EF&r=%41me%20',
    ],
    says: [],
  },
  {
    what: 'a command in a list',
    text: 'version: 1\nservers:\n  a: { command: [npx, -y, foo], env: { A: 1 } }\n',
    starts: ['a npx -y foo A=1'],
    says: [],
  },
]
