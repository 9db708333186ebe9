/** What stands in an ordinary `.env` beside a password, and what servers say and are asked all day with the same words. */

export const SETTINGS: Readonly<Record<string, string>> = {
  PGHOST: 'localhost',
  PGPORT: '15432543',
  PGUSER: 'postgres',
  PGDATABASE: 'inventory',
  APP_ENV: 'production',
  NODE_ENV: 'development',
  AWS_REGION: 'us-east-1',
  LOG_LEVEL: 'information',
  DEBUG: 'disabled',
  TZ: 'Europe/Berlin',
  API_URL: 'https://api.example.com/v2',
  SMTP_HOST: 'mail.example.com',
  SMTP_USER: 'noreply@example.com',
  REDIS_HOST: '192.168.10.12',
  S3_BUCKET: 'customer-assets',
  REQUEST_TIMEOUT: '30000000',
  FEATURE_SEARCH_ENABLED: 'disabled',
  APP_VERSION: '1.24.3456',
  DATA_DIR: '/var/lib/postgresql',
  SSL_MODE: 'verify-full',
}

export const PASSWORD = 'kT9#vLq2-wZx8'

const RESULTS: readonly ((word: string) => unknown)[] = [
  (word) => `connected to ${word} in 12 ms`,
  (word) => `2026-11-28T19:00:00Z INFO [app] ${word}: request finished status=200`,
  (word) => ({ rows: [{ id: 1, name: word, enabled: true }], total: 1 }),
  (word) => `SELECT * FROM services WHERE place = '${word}' ORDER BY id`,
  (word) => `const config = { value: "${word}", retries: 3 } // from the docs`,
  (word) => `| name | value |\n|---|---|\n| setting | ${word} |`,
  (word) => `Error: no answer from ${word}, reproduction: run it twice`,
  (word) => Buffer.from(`value: ${word}`).toString('base64'),
  (word) => `https://docs.example.org/search?q=${encodeURIComponent(word)}&page=2`,
  (word) => [word, `about ${word}`, word.toUpperCase()],
]

const CALLS: readonly ((word: string) => unknown)[] = [
  (word) => ({ path: `/srv/${word}/readme.md` }),
  (word) => ({ query: `who maintains ${word}` }),
  (word) => ({ url: `http://${word}:3000/health` }),
  (word) => ({ sql: `UPDATE t SET v = '${word}' WHERE id = 4` }),
  (word) => ({ code: `print("${word}")`, language: 'python' }),
  (word) => ({ text: `logs of ${word}`, limit: 50 }),
  (word) => ({ filter: { env: [word], tags: { [word]: true } } }),
  (word) => ({ command: `kubectl get pods -n ${word} --watch` }),
  (word) => ({ body: JSON.stringify({ setting: word }) }),
  (word) => ({ message: `is ${word} right? more information please` }),
]

const words = Object.values(SETTINGS)
export const EVERYDAY_RESULTS = words.flatMap((word) => RESULTS.map((say) => say(word)))
export const EVERYDAY_CALLS = words.flatMap((word) => CALLS.map((ask) => ask(word)))
