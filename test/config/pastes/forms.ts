/** Comments, odd writing and encodings: nothing that was commented out starts, and what can't be read says why. */
import type { Paste } from './hosts.ts'

const noVersion = '1:1: warning: "version" is missing and taken as 1'
const COMMENT = 'comments begin with # in YAML'
const CURLY = 'these are typographic quotes, and only straight ones ("…") are quotes here'

export const FORMS: readonly Paste[] = [
  {
    what: 'a server, an argument and a variable commented out',
    text: `{ "mcpServers": {
    // "danger": { "command": "node", "args": ["child.mjs"] },
    "b": { "command": "node", "args": ["child.mjs",
       // "--read-write",
       "--read-only"],
      "env": {
        // "MODE": "write",
        "MODE": "read" } } } }`,
    starts: ['b node child.mjs --read-only MODE=read'],
  },
  {
    what: 'block comments, and a comment behind each value',
    text: '/* mine */ { "mcpServers": { /* "d": { "command": "d" }, */ "b": { "command": "x" /* y */, // z\n "args": ["1" // one\n, /* "2", */ "3",], }, }, } // end\n/* over */\n',
    starts: ['b x 1 3'],
    says: ['1:12: warning: "version" is missing and taken as 1'],
  },
  {
    what: 'comment marks in quotes and addresses',
    text: '{ "mcpServers": { "b": { "url": "https://e.com//x/*y*/" }, "c": { "command": "x", "args": ["//", "/* a */", "a // b", "it\'s", "\\"// d"] } } }',
    starts: ['b https://e.com//x/*y*/', 'c x // /* a */ a // b it\'s "// d'],
  },
  {
    what: 'an apostrophe and a quote in comments',
    text: '{ "mcpServers": { // don\'t "use\n "b": { "command": "x" } /* it\'s "off */ } }',
    starts: ['b x'],
  },
  {
    what: 'a byte order mark, CRLF and tabs',
    text: '\uFEFF{\r\n\t"mcpServers": {\r\n\t\t// "d": {},\r\n\t\t"b": { "command": "x" },\r\n\t},\r\n}\r\n',
    starts: ['b x'],
  },
  {
    what: 'comments before the first brace',
    text: '// one\n# two\n/* three\n */\n{ "mcpServers": { "b": { "command": "x" } } }',
    starts: ['b x'],
    says: ['5:1: warning: "version" is missing and taken as 1'],
  },
  {
    what: 'a comment that is not closed',
    text: '{ "mcpServers": { /* "b": { "command": "x" } } }',
    starts: [],
    says: ['1:19: a comment (/*) is not closed'],
  },
  {
    what: 'the documented way: the object under the version',
    text: 'version: 1\nmcpServers: {\n  "b": {\n    "command": "x", // why\n    // "args": ["--danger"],\n  },\n}\n',
    starts: ['b x'],
    says: [],
  },
  {
    what: 'the same lines as they stand in the file, indented',
    text: 'version: 1\n  "mcpServers": {\n    "b": { "command": "x" },\n    // "d": { "command": "d" },\n    "c": { "command": "y" }\n  }\n',
    starts: ['b x', 'c y'],
    says: [],
  },
  {
    what: 'the same with a comma behind it, and a blank line and a comment before it',
    text: 'version: 1 # ours\n\n  # pasted\n  "mcpServers": {\n    "b": { "command": "x" }\n  },\n  "globalShortcut": ""\n',
    starts: ['b x'],
    says: ['7:3: warning: "globalShortcut" is a key of another host; it is ignored and allows nothing'],
  },
  {
    what: 'the whole file under the version',
    text: 'version: 1\n{\n  "mcpServers": {\n    // "d": { "command": "d" },\n    "b": { "command": "x" }\n  }\n}\n',
    starts: ['b x'],
    says: [],
  },
  {
    what: 'the whole file under the version, with comments and blank lines around it',
    text: 'version: 1\n\n// mine\n{ "mcpServers": { "b": { "command": "x" } } }\n// end\n',
    starts: ['b x'],
    says: [],
  },
  {
    what: 'the object under the version, indented with tabs',
    text: 'version: 1\nmcpServers: {\n\t"b": {\n\t\t"command": "x", // y\n\t},\n}\n',
    starts: ['b x'],
    says: [],
  },
  {
    what: 'tabs beside other sections',
    text: 'version: 1\nmcpServers: {\n\t"b": { "command": "x" },\n\t// "d": {},\n}\naudit: { required: true }\n',
    starts: ['b x'],
    says: [],
  },
  {
    what: 'the object under the version, not indented at all',
    text: 'version: 1\nmcpServers: {\n"b": {\n"command": "x"\n}\n}\n',
    starts: ['b x'],
    says: [],
  },
  {
    what: 'a brace below servers, in the first column',
    text: 'version: 1\nservers:\n{\n  "b": { "command": "x" }\n}\n',
    starts: ['b x'],
    says: [],
  },
  {
    what: 'line ends of old',
    text: '{\r"mcpServers": { // d: {}\r"b": { "command": "x" } } }\r',
    starts: ['b x'],
  },
  {
    what: 'a comment of another language in braces',
    text: '{ "mcpServers": { "b": { "command": "x", "args": ["a", -- "--danger",\n "c"] }, "c": { "command": "y" } } }',
    starts: ['c y', 'b !'],
    says: [noVersion, '1:56: a text without quotes holds quotes'],
  },
  {
    what: 'a missing comma',
    text: '{ "mcpServers": { "b": { "command": "x", "args": [a "b"] }, "c": { "command": "y" } } }',
    starts: ['c y', 'b !'],
    says: [noVersion, '1:51: a text without quotes holds quotes'],
  },
  {
    what: 'servers in braces in YAML, with comments',
    text: 'version: 1\nservers: { // mine\n  a: { command: x, url2: 1 }, /* b: { command: y }, */\n  c: { command: z } }\n',
    starts: ['c z', 'a !'],
    says: ['3:20: unknown key "url2" in "a"'],
  },
  {
    what: 'a comment behind an entry in braces',
    text: 'version: 1\nservers:\n  a: { command: x, args: [y] } // later\n  b: { command: z },\n',
    starts: ['a x y', 'b z'],
    says: [],
  },
  {
    what: '// before an entry in YAML',
    text: 'version: 1\nservers:\n  // d: { command: d }\n  b: { command: x }\n',
    starts: ['b x', ' !'],
    says: [`3:3: ${COMMENT}`],
    hint: /write # in place of \/\//,
  },
  {
    what: '// before an item and behind a value in YAML',
    text: 'version: 1\nservers:\n  b:\n    command: x\n    args:\n      - // --danger\n      - --safe // really\n  c: { command: y }\n',
    starts: ['c y', 'b !'],
    says: [`6:9: ${COMMENT}`, `7:9: ${COMMENT}`],
  },
  {
    what: 'a line of // between keys in YAML',
    text: 'version: 1\n// mine\nservers:\n  b: { command: x }\n',
    starts: [],
    says: [`2:1: ${COMMENT}`],
  },
  {
    what: 'block comments in YAML',
    text: 'version: 1\nservers:\n  b: { command: x }\n  /* d: { command: d }\n  */\n',
    starts: [],
    says: [`4:3: ${COMMENT}`],
  },
  {
    what: 'comment marks that are text in YAML',
    text: 'version: 1\nservers:\n  b:\n    command: x\n    args: ["// a", \'/* b */\', https://e.com//x]\n    description: |\n      // any {\n      /* thing\n  c: { command: y }\n',
    starts: ['b x // a /* b */ https://e.com//x', 'c y'],
    says: [],
  },
  {
    what: 'a server, a variable and a note commented out by their names',
    text: '{ "//": "mine", "_comment": 1, "mcpServers": { "//d": { "command": "d" }, "#e": { "command": "e" }, "b": { "//": "why", "command": "x", "env": { "//MODE": "w", "MODE": "r" } } } }',
    starts: ['b x MODE=r'],
    says: [
      noVersion,
      ...['1:3', '1:17', '1:48', '1:75', '1:108', '1:146'].map(
        (at) => `${at}: warning: a key that begins like a comment is taken for one; it does nothing`,
      ),
    ],
  },
  {
    what: 'a server with _ before its name',
    text: '{ "mcpServers": { "_d": { "command": "d" }, "b": { "command": "x" } } }',
    starts: ['b x', 'd !'],
    says: [
      noVersion,
      '1:19: the name of this server begins with _, which some write to switch an entry off',
      '1:19: warning: "_d" is called "d" here: a server\'s name has only a-z, 0-9 and -, at most 16 of them',
    ],
  },
  {
    what: 'a Markdown fence',
    text: 'Add this:\n```json\n{ "mcpServers": { "b": { "command": "x" } } }\n```\n',
    starts: [],
    says: ['2:1: a Markdown fence (```) is no part of a configuration'],
    hint: /remove this line/,
  },
  {
    what: 'two files in one',
    text: '{ "mcpServers": { "b": { "command": "x" } } }\n{ "mcpServers": { "c": { "command": "x" } } }\n',
    starts: [],
    says: ['2:1: a second JSON object begins here, and one file holds one'],
    hint: /move its servers into the first one/,
  },
  {
    what: 'a comma behind the object',
    text: '{ "mcpServers": { "b": { "command": "x" } } },\n',
    starts: ['b x'],
  },
  {
    what: 'entries without the braces around them',
    text: '"b": {\n      "command": "x"\n    },\n    "c": { "command": "y" },\n',
    starts: ['b x', 'c y'],
  },
  {
    what: 'the member without the braces around it',
    text: '"mcpServers": { "b": { "command": "x" } },\n',
    starts: ['b x'],
  },
  {
    what: 'typographic quotes',
    text: '{ “mcpServers”: { “b”: { “command”: “x” } } }',
    starts: [],
    says: [
      '1:1: warning: "version" is missing and taken as 1',
      '1:1: "servers" is missing',
      ...['1:3', '1:19', '1:26', '1:37'].map((at) => `${at}: ${CURLY}`),
    ],
  },
  {
    what: 'typographic quotes around a value',
    text: 'version: 1\nservers:\n  b: { command: “x”, description: “fine” }\n  c: { command: y, description: “fine” }\n',
    starts: ['c y', 'b !'],
    says: [`3:17: ${CURLY}`],
  },
  {
    what: 'non-breaking blanks in JSON',
    text: '{\u00A0"mcpServers":\u00A0{\n\u00A0\u00A0"b":\u00A0{ "command":\u202F"x" }\u200B } }',
    starts: ['b x'],
  },
  {
    what: 'non-breaking blanks in YAML',
    text: 'version: 1\nservers:\n\u00A0\u00A0b: { command: x }\n',
    starts: [],
    says: [
      '2:1: "servers": expected a mapping (lines of "key: value"), found nothing',
      '3:1: a non-breaking or invisible blank stands here',
    ],
  },
  {
    what: 'UTF-16',
    text: Buffer.from('\uFEFF{ "mcpServers": {} }', 'utf16le'),
    starts: [],
    says: ['1:1: the file is UTF-16'],
    hint: /save it as UTF-8/,
  },
  {
    what: 'single quotes, as Python prints it',
    text: "{'mcpServers': {'b': {'command': 'x', 'args': ['-y', 'http://e.com // z'], 'disabled': False}}}",
    starts: ['b x -y http://e.com // z'],
  },
  {
    what: 'keys without quotes, as programs have them',
    text: '{ mcpServers: { b: { command: "x", args: ["y"], }, }, };',
    starts: ['b x y'],
  },
  {
    what: 'a command for a shell',
    text: 'npx -y @x/y\n',
    starts: [],
    says: ['1:1: this is a command for a shell, and no configuration'],
  },
  {
    what: 'the escapes of a web page',
    text: '{ &quot;mcpServers&quot;: { &quot;b&quot;: { &quot;command&quot;: &quot;x&quot; } } }',
    starts: [],
    says: ['1:3: a web page has put its escapes here'],
  },
  {
    what: 'backslashes that are not doubled',
    text: '{ "mcpServers": { "b": { "command": "x" }, "c": { "command": "C:\\tools\\node.exe" }, "d": { "command": "x", "args": ["D:\\Program"] }, "e": { "command": "x", "args": ["C:\\\\tools\\\\n"] } } }',
    starts: ['b x', 'e x C:\\tools\\n', 'c !', 'd !'],
    says: [
      noVersion,
      ...['1:62', '1:117'].map(
        (at) => `${at}: a text in double quotes holds a control character, as "C:\\tools" does`,
      ),
    ],
  },
  {
    what: 'backslashes that are not doubled, which make no escape, or another step',
    text: String.raw`{ "mcpServers": { "b": { "command": "x", "args": ["a\nb"] }, "c": { "command": "C:\Users\x" }, "d": { "command": "C:\apps\Node", "args": ["--dir=.\tmp"] }, "e": { "command": "..\npm\x" }, "f": { "command": "x", "env": { "C:\q": "1" } } } }`,
    starts: ['b x a\nb', 'c !', 'd !', 'e !', 'f !'],
    says: [
      noVersion,
      '1:80: a double-quoted text holds an unknown escape',
      ...['1:114', '1:139', '1:175'].map(
        (at) => `${at}: a text in double quotes holds a control character, as "C:\\tools" does`,
      ),
      '1:221: a double-quoted text holds an unknown escape',
    ],
  },
  {
    what: 'an unknown escape outside of any entry',
    text: String.raw`{ "mcpServers": { "b": { "command": "x" } }, "approvals": { "mode": "\Xsk" } }`,
    starts: [],
    says: [noVersion, '1:69: a double-quoted text holds an unknown escape'],
  },
  ...[
    [
      'words behind the last brace',
      '{ "mcpServers": { "b": { "command": "x" } } }\nThen restart it.',
      '2:1: the configuration ends before this text',
    ],
    [
      'a brace too many',
      '{ "mcpServers": { "b": { "command": "}" } } }\n}',
      '2:1: this brace or bracket closes nothing',
    ],
    [
      'words before the first brace',
      'Add this to your file:\n{ "mcpServers": { "b": { "command": "x" } } }',
      '1:1: this line is no part of a configuration',
    ],
    [
      'a comment of a web page',
      '<!-- { "mcpServers": { "d": { "command": "d" } } } -->\n{ "mcpServers": { "b": { "command": "x" } } }',
      '1:1: this line is no part of a configuration',
    ],
    [
      'a comment of INI',
      '; "d"\n{ "mcpServers": { "b": { "command": "x" } } }',
      '1:1: this line is no part of a configuration',
    ],
  ].map(([what = '', text = '', said = '']): Paste => ({
    what,
    text,
    starts: [],
    says: [said],
    hint: /^remove /,
  })),
  {
    what: 'servers that their names switch off, and names that only look so',
    text: '{ "mcpServers": { "a.disabled": { "command": "d" }, "b (disabled)": { "command": "d" }, "DISABLED_c": { "command": "d" }, "OFF d": { "command": "d" }, "-e": { "command": "d" }, "~f": { "command": "d" }, "g_off": { "command": "d" }, "h-disabled": { "command": "d" }, "office": { "command": "x" }, "off-by-one": { "command": "x" }, "takeoff": { "command": "x" } } }',
    starts: [
      'office x',
      'off-by-one x',
      'takeoff x',
      ...['a-disabled', 'b-disabled', 'disabled-c', 'off-d', 'e', '', 'g-off', 'h-disabled'].map(
        (id) => `${id} !`,
      ),
    ],
    says: [
      noVersion,
      ...[
        ['1:19', 'ends with .disabled', '"a.disabled"', 'a-disabled'],
        ['1:53', 'ends with (disabled)', 'a key', 'b-disabled'],
        ['1:89', 'begins with DISABLED', '"DISABLED_c"', 'disabled-c'],
        ['1:123', 'begins with OFF', '"OFF d"', 'off-d'],
        ['1:152', 'begins with -', '"-e"', 'e'],
        ['1:178', 'begins with ~', 'a key', 'f'],
        ['1:204', 'ends with _off', '"g_off"', 'g-off'],
        ['1:233', 'ends with -disabled'],
      ].flatMap(([at = '', how = '', key, id]) => [
        `${at}: the name of this server ${how}, which some write to switch an entry off`,
        ...(key === undefined
          ? []
          : [
              `${at}: warning: ${key} is called "${id}" here: a server's name has only a-z, 0-9 and -, at most 16 of them`,
            ]),
      ]),
    ],
  },
  {
    what: 'a server with a name that nothing can have',
    text: '{ "mcpServers": { "__proto__": { "command": "d" }, "b": { "command": "x" } } }',
    starts: ['b x', 'proto !'],
    says: [noVersion, '1:19: nothing can have this name'],
  },
  {
    what: 'a program',
    text: 'export default { mcpServers: { b: { command: "x" } } }\n',
    starts: [],
    says: ['1:1: this is a program, and only YAML and JSON are read'],
  },
  {
    what: 'a key twice',
    text: '{ "mcpServers": { "b": { "command": "x" }, "c": { "command": "y", "command": "z" } } }',
    starts: ['b x', 'c !'],
    says: [noVersion, '1:67: "command" is given twice, first in line 1'],
  },
  {
    what: 'numbers keep their digits behind comments',
    text: '{ "mcpServers": { "b": { "command": "x", "args": [0x10// sixteen\n, 1.10 /* no */], "env": { "P": 8080// port\n } } } }',
    starts: ['b x 0x10 1.10 P=8080'],
  },
]
