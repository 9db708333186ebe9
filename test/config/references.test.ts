import { describe, expect, test } from 'vitest'
import { brief, briefs, load } from './support.ts'

const stores = 'secrets: { team: { type: env }, local: { type: dotenv, path: .env } }\n'
const onlyEnv =
  'only ${env:…} and ${plain:…} work in command, args, cwd and url, which other programs can read'

/** `field` is what stands in the entry `a`, from line 4, column 5 on. */
function withField(field: string): string {
  return `version: 1\nservers:\n  a:\n    ${field}\n${field.startsWith('url') ? '' : '    command: x\n'}${stores}`
}

const setting = (path: string): string =>
  `version: 1\nservers: { a: { command: x } }\nsecrets:\n  team: { type: env }\n  s: { type: dotenv, path: ${path} }\n`

const lease = (declared: string, value: string): string =>
  `version: 1\nservers:\n  a:\n    command: x\n    leases: ${declared}\n    env: { A: "${value}" }\n${stores}`

describe('which references may stand where', () => {
  const good = [
    'env: { A: "${env:B}" }',
    'env: { A: "${env:B:-default}" }',
    'env: { A: "${file:/run/secrets/x}" }',
    'env: { A: "${file:x.json#a.b}" }',
    'env: { A: "x ${team:/github/TOKEN} y ${local:B#c}" }',
    'env: { A: "$${not:one}" }',
    'env: { A: "US$ 5 $x {y}" }',
    'args: ["${env:B}", "$${team:x}"]',
    'cwd: "${env:HOME}/x"',
  ]
  test.each(good)('%s', async (field) => {
    expect(await briefs(withField(field))).toEqual([])
  })

  const bad: readonly [field: string, problem: string, hint: RegExp][] = [
    ['env: { A: "${taem:/x}" }', '4:16: "A": no store is called "taem"', /^did you mean "team"\?$/],
    [
      'env: { A: "x ${zzz:y}" }',
      '4:18: "A": no store is called "zzz"',
      /^declare it under `secrets:`; declared: team, local$/,
    ],
    ["env: { A: 'x ${zzz:y}' }", '4:18: "A": no store is called "zzz"', /declare/],
    [
      'env: { A: "${input:token}" }',
      '4:16: "A": a host would put a variable here',
      /a host would ask for it/,
    ],
    [
      'env: { A: "${keychain:y}" }',
      '4:16: "A": no store is called "keychain"',
      /: keychain: \{ type: keychain \}/,
    ],
    ['env: { A: "${plain:${team:y}}" }', '4:16: "A": a reference holds another ${', /leave out the inner/],
    [
      'args: [-e, "A_TOKEN=${MY_TOKEN}"]',
      '4:25: item 2 of "args": a host would put a variable here',
      /^write `-e A_TOKEN` in args, without a value, and env: \{ A_TOKEN: "\$\{env:MY_TOKEN\}" \}/,
    ],
    [
      'args: ["--env=A_TOKEN=${input:x}"]',
      '4:27: item 1 of "args": a host would put a variable here',
      /^write `-e A_TOKEN`.*\{ A_TOKEN: "\$\{local:NAME\}" \}.*"sidemux secrets set NAME"/,
    ],
    [
      'args: ["-e", "HOST=${MY_HOST}"]',
      '4:24: item 2 of "args": a host would put a variable here',
      /^write \$\{env:MY_HOST\}/,
    ],
    ['env: { A: "\\t${zzz:y}" }', '4:15: "A": no store is called "zzz"', /declare/],
    ['env: { A: "${HOME}" }', '4:16: "A": a host would put a variable here', /\$\{env:HOME\}/],
    ['env: { A: "${team:" }', '4:16: "A": a reference is not closed: ${ without a }', /add the \}/],
    ['env: { A: "${lease:db#USER}" }', '4:16: "A": the lease that is referred to is not declared', /leases:/],
    ['args: [-y, "${team:/x}"]', `4:17: item 2 of "args": ${onlyEnv}`, /`env:`/],
    [
      'args: [-e, "A_TOKEN=${team:/x}"]',
      `4:25: item 2 of "args": ${onlyEnv}`,
      /^write `-e A_TOKEN`.*\{ A_TOKEN: "\$\{team:\/x\}" \}/,
    ],
    ['args: ["${file:/x}"]', `4:13: item 1 of "args": ${onlyEnv}`, /`env:`/],
    ['args: ["${lease:x#y}"]', `4:13: item 1 of "args": ${onlyEnv}`, /`env:`/],
    ['args: ["${plain:lease:x#y}"]', `4:13: item 1 of "args": ${onlyEnv}`, /`env:`/],
    ['args: ["${plain:zzz:y}"]', '4:13: item 1 of "args": no store is called "zzz"', /declare/],
    ['cwd: "${team:/x}"', `4:11: "cwd": ${onlyEnv}`, /`env:`/],
    ['command: "${team:/x}"\n    args: []', `4:15: "command": ${onlyEnv}`, /`env:`/],
    ['url: "https://${team:/x}.example.com"', `4:19: "url": ${onlyEnv}`, /`headers:`/],
    ['url: ftp://example.com', '4:10: "url": expected a web address', /https/],
  ]
  test.each(bad)('%s', async (field, problem, hint) => {
    const text = withField(field).replace(/(command: .*\n(?:.*\n)?) {4}command: x\n/, '$1')
    const { problems, config } = await load(text)
    const found = problems.find((one) => brief(one) === problem)
    expect(problems.map(brief)).toContain(problem)
    expect(found?.hint).toMatch(hint)
    expect(config).toBeUndefined()
  })

  test.each(['args: ["--host=${plain:team:/x#y}", "${plain:file:/x}"]', 'cwd: "${plain:env:D}"'])(
    'what is declared plain is welcome: %s',
    async (field) => {
      const { problems } = await load(withField(field))
      expect(problems.map(brief)).toEqual([])
    },
  )

  test('in the headers of a remote server every kind works', async () => {
    const text = withField(
      'url: https://example.com/mcp\n    headers: { A: "Bearer ${team:/x}", B: "${env:C}" }',
    )
    expect(await briefs(text)).toEqual([])
  })

  test('two problems of one value are both told', async () => {
    expect(await briefs(withField('env: { A: "${zz:a} ${yy:b}" }'))).toEqual([
      '4:16: "A": no store is called "zz"',
      '4:24: "A": no store is called "yy"',
    ])
  })

  test('the position is that of the value where the text is not as it is in the file', async () => {
    const text = withField('env:\n      A: |\n        one\n        ${zz:a}')
    expect(await briefs(text)).toEqual(['5:10: "A": no store is called "zz"'])
  })

  test('a reference to a store that is declared and broken is no second mistake', async () => {
    const text =
      'version: 1\nsecrets: { team: { type: dotenv } }\nservers: { a: { command: x, env: { A: "${team:x}" } } }\n'
    expect(await briefs(text)).toEqual(['2:12: "path" is missing in "team"'])
  })

  test('a disabled server may refer to what is not there yet', async () => {
    expect(await briefs(withField('env: { A: "${zzz:y}" }\n    disabled: true'))).toEqual([])
  })
})

describe('references in the settings of a store', () => {
  test.each(['"${env:DIR}/.env"', '"${file:/x}"', '".env.{environment}"', '"$${x}"'])('%s', async (path) => {
    expect(await briefs(setting(path))).toEqual([])
  })

  test.each(['"${team:x}"', '"${s:x}"', '"${nope:x}"', '"${lease:a#b}"'])('%s', async (path) => {
    expect(await briefs(setting(path))).toEqual([
      '5:29: "path": a store\'s settings can\'t refer to a store or a lease',
    ])
  })

  test('at every depth', async () => {
    const text =
      'version: 1\nservers: { a: { command: x } }\nsecrets:\n  s: { type: exec, command: [pass, "{path}${s:x}"] }\n' +
      '  i: { type: infisical, projectId: p, environment: e, auth: { method: universal-auth, clientId: a, clientSecret: "${s:x}" } }\n'
    expect(await briefs(text)).toEqual([
      '4:43: item 2 of "command": a store\'s settings can\'t refer to a store or a lease',
      '5:115: "clientSecret": a store\'s settings can\'t refer to a store or a lease',
    ])
  })
})

describe('leases', () => {
  test('a declared one may be referred to; no store of this version makes one, which is said', async () => {
    const text = lease('{ db: { store: team, path: /x, ttl: 5m } }', '${lease:db#USER}')
    expect(await briefs(text)).toEqual(['5:21: warning: a store of type env makes no leases'])
  })

  test('an undeclared one names the nearest', async () => {
    const { problems } = await load(lease('{ main: { store: team, path: /x } }', '${lease:mian#USER}'))
    expect(problems.map(brief)).toContain('6:16: "A": the lease that is referred to is not declared')
    expect(problems.map(({ hint }) => hint)).toContain('did you mean "main"?')
  })

  test('its store has to be declared', async () => {
    const { problems } = await load(lease('{ db: { store: tema, path: /x } }', '${lease:db#USER}'))
    expect(problems.map(brief)).toEqual(['5:28: the store of this lease is not declared'])
    expect(problems[0]?.hint).toBe('did you mean "team"?')
  })
})
