/** Secrets that an address or the name before them gives away. */
import { expect, test } from 'vitest'
import { secretsInAddresses, withoutReferences } from '../../../src/secrets/tokens/address.ts'
import { namedSecrets } from '../../../src/secrets/tokens/argument.ts'
import { work } from '../../work.ts'

const addresses: readonly [text: string, secret: string | undefined][] = [
  ['https://u:hunter2@x.example/', 'hunter2'],
  ['see postgres://u:p%40ss@localhost:5432/x now', 'p%40ss'],
  ['redis://:hunter2@h', 'hunter2'],
  ['https://u:a@b@h', 'a@b'],
  ['https://${env:U}:hunter2@${env:H}/', 'hunter2'],
  ['https://x.example/?a=1&access_token=abc', 'abc'],
  ['https://x.example/sse?apiKey=abc#x', 'abc'],
  ['https://x.example/?q=1 https://x.example/?token=abc', 'abc'],
  ['https://x.example/#id_token=abc', 'abc'],
  ['https://u@x.example/', undefined],
  ['https://x.example:8080/a@b?max_tokens=5', undefined],
  ['https://u:${env:P}@h/?token=${env:T}', undefined],
  ['https://u:<password>@h/?token={token}', undefined],
  ['https://u:***@h/?token=', undefined],
  ['u:p@h', undefined],
  ['://', undefined],
  ['https://x.example/${', undefined],
]

test.each(addresses)('the secret in %s is %s', (text, secret) => {
  const [found] = secretsInAddresses(withoutReferences(text))
  expect(found && text.slice(found.from, found.to)).toBe(secret)
})

test('sixty-four kilobytes of addresses take no longer than they should', () => {
  for (const unit of ['://', 'a://b', 'a://b:c', 'a://b@', '://?a=', ':', '@', '?token=']) {
    const text = `https://${unit.repeat(2 ** 16 / unit.length)}`
    expect(work(() => void secretsInAddresses(text))).toBeLessThan(40)
  }
})

const args: readonly [
  before: string | undefined,
  argument: string,
  name: string | undefined,
  value?: string,
][] = [
  ['--api-key', 'hunter2', 'api-key', 'hunter2'],
  [undefined, '--token=a=b', 'token', 'a=b'],
  ['-e', 'GITHUB_TOKEN=hunter2', 'GITHUB_TOKEN', 'hunter2'],
  ['--header', 'Authorization: Bearer hunter2', 'Authorization', 'hunter2'],
  ['-H', 'X-Api-Key:hunter2', 'X-Api-Key', 'hunter2'],
  ['-e', 'GITHUB_TOKEN', undefined],
  [undefined, '-eGITHUB_TOKEN=hunter2', 'GITHUB_TOKEN', 'hunter2'],
  [undefined, '--env=GITHUB_TOKEN=hunter2', 'GITHUB_TOKEN', 'hunter2'],
  [undefined, '--header=Authorization: Bearer hunter2', 'Authorization', 'hunter2'],
  ['--auth', 'Bearer hunter2', 'auth', 'hunter2'],
  ['--config', '{"apiKey": "hunter2", "n": 1}', 'apiKey', 'hunter2'],
  ['-c', 'A=1 API_KEY="hunter 2" exec server', 'API_KEY', 'hunter 2'],
  ['-c', 'server --token hunter2 --verbose', 'token', 'hunter2'],
  [undefined, 'Server=db;User Id=sa;Password=hunter2;', 'Password', 'hunter2'],
  [undefined, 'DATABASE_URL=postgres://u:p@h/x?a=1&b=2', 'DATABASE_URL', 'postgres://u:p@h/x?a=1&b=2'],
  ['--token', 'YOUR_TOKEN', undefined],
  ['--token', '<token>', undefined],
  ['--token', 'your-api-key-here', undefined],
  ['-e', 'TOKEN=$TOKEN', undefined],
  ['-e', 'TOKEN=xxxxxxxx', undefined],
  ['--token', '--verbose', undefined],
  ['--token', '', undefined],
  ['--use-token', 'true', undefined],
  ['--key-file', 'x', undefined],
  ['--max-tokens', '5', undefined],
  [undefined, 'https://x.example', undefined],
  [undefined, '@scope/auth', undefined],
]

test.each(args)('after %s, %s hands over %s', (before, argument, name, value) => {
  const found = namedSecrets(before, argument).map((one) => [one.name, argument.slice(one.from, one.to)])
  expect(found).toEqual(name === undefined ? [] : [[name, value]])
})
