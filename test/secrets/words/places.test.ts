/** Paths in variables whose names sound secret are no secrets; what may be one stays one (promise 3). */
import { expect, test } from 'vitest'
import { namedInPlain } from '../../../src/secrets/tokens/in-plain.ts'
import { holdsSecret, saysWhere } from '../../../src/secrets/words/places.ts'

test.each([
  // Where servers.yaml lies in a directory that chance has named, the server's directory was refused for it.
  ['GOOGLE_OAUTH_CREDENTIALS', '/tmp/hS8kQzLpR2vX9b/oauth.json'],
  ['GOOGLE_APPLICATION_CREDENTIALS', '/home/ada/.config/gcloud/application_default_credentials.json'],
  ['GOOGLE_APPLICATION_CREDENTIALS', '~/keys/orders-eu-7f3a9c2e51.json'],
  ['SSH_PRIVATE_KEY', '~/.ssh/id_ed25519'],
  ['SSH_KEY', '/home/ada/.ssh/id_ed25519'],
  ['TLS_KEY', './certs/server.key'],
  ['TLS_KEY', '../server-key.pem'],
  ['APP_SECRET', '/run/secrets/app_secret'],
  ['CREDENTIALS', 'credentials.json'],
  ['GMAIL_CREDENTIALS', 'config/gmail.json'],
  ['CREDENTIALS', String.raw`C:\Users\Ada Lovelace\keys\client.json`],
  ['CREDENTIALS', String.raw`\\nas\share\keys\client.json`],
  ['CREDENTIALS', '/Users/ada/Library/Application Support/x y/oauth.json'],
  ['CREDENTIALS', '/home/ada/Schlüssel/clé.json'],
  ['TOKEN', '/data/tokens/gmail.token'],
  ['AUTH', '/app/config/auth'],
  ['DATABASE_URL', 'file:./dev.db'],
  ['DATABASE_URL', 'file:///home/ada/x7Kq9/dev.db?mode=ro'],
  ['DATABASE_URL', 'sqlite:///data/app.sqlite3'],
])('%s=%s says where', (name, value) => {
  expect(saysWhere(value)).toBe(true)
  expect(namedInPlain({ text: value, name })).toEqual([])
  expect(namedInPlain({ text: `${name}=${value}` }).map(({ name: found }) => found)).toEqual([])
})

test.each([
  ['API_KEY', '/8kQzLpR2vX9bHs7Tn4YcWd1'],
  ['AWS_SECRET_ACCESS_KEY', '/aB3/xY9+kd/Lm2/PqR8/tUvWx3zQ7hN4sKcE'],
  ['SECRET', '/kLmN/opqr/STUV'],
  ['PASSWORD', '/sesame'],
  ['PASSWORD', './a8Sd9fK2'],
  ['PASSWORD', '~/Kx9!pQ&7'],
  ['PASSWORD', 'correct-horse-battery-staple'],
  ['PASSWORD', 'C:Kq8/zR'],
  ['TOKEN', 'madeUp.For.ThisCheck'],
  ['TOKEN', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'],
  ['WEBHOOK_SECRET', '/services/T0AB12/B0CD34/kQzLpR2vX9bHs7Tn'],
  ['DATABASE_URL', 'postgres://app:pa55word@localhost/orders'],
  ['DATABASE_URL', 'app:pa55word@localhost/orders.db'],
  ['DATABASE_URL', 'file:/home/ada/app.db?key=pa55word'],
  ['DSN', 'Server=db;Password=pa55word;Database=orders.db'],
  ['AUTH_COMMAND', '/usr/bin/login --password pa55word'],
  ['KEY', '/home/ada/key.pem\nmade-up-second-line'],
  ['PRIVATE_KEY', '-----BEGIN PRIVATE KEY-----\nmade/up.key\n-----END PRIVATE KEY-----'],
])('%s=%s stays a secret', (name, value) => {
  expect(holdsSecret(name, value)).toBe(true)
})
