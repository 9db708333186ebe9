/** Secrets of the shapes that people have them in, and what of each is one in its own right (promise 3). */

export const PW = 'S3cr3t-Pa55/phrase+9!'
const OTHER = 'Zweites#Pa55wort'
const b64 = (text: string): string => Buffer.from(text).toString('base64')
const url = encodeURIComponent
const BODY = [
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj',
  'MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu',
  'NMoSfm76oqFvAp8Gy0iz',
]
export const PEM = `-----BEGIN PRIVATE KEY-----\n${BODY.join('\n')}\n-----END PRIVATE KEY-----\n`
const PEM_PARTS = [PEM, BODY.join(''), ...BODY]
const KEY_ID = '0123456789abcdef0123456789abcdef01234567'
const HOOK = 'XxXxq7Kd9sLmP2vR4tYw8zAb'
const JTI = 'f83kd93kdlq02kdi3Kdl'
const [HEADER, PAYLOAD, SIGNATURE] = [
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9',
  Buffer.from(JSON.stringify({ sub: 'svc', name: 'Johanna Doe', jti: JTI })).toString('base64url'),
  'SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c',
]
const AZURE = b64('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_')

export const SERVICE_ACCOUNT = {
  type: 'service_account',
  project_id: 'my-project-123456',
  private_key_id: KEY_ID,
  private_key: PEM,
  client_email: 'svc@my-project-123456.iam.gserviceaccount.com',
  client_id: '123456789012345678901',
  auth_uri: 'https://accounts.google.com/o/oauth2/auth',
  token_uri: 'https://oauth2.googleapis.com/token',
  client_x509_cert_url:
    'https://www.googleapis.com/robot/v1/metadata/x509/svc%40my-project-123456.iam.gserviceaccount.com',
  universe_domain: 'googleapis.com',
}
const GOOGLE = JSON.stringify(SERVICE_ACCOUNT)
const RDS = {
  username: 'administrator',
  password: PW,
  engine: 'postgres',
  host: 'db.abc123xyz.us-east-1.rds.amazonaws.com',
  port: 5432,
  dbname: 'inventory',
}
const DOTENV = `# settings\nPGHOST=db.example.com\nexport PGPASSWORD="${PW}"\nAPI_KEY='${OTHER}'\nLOG_LEVEL=debug\n`
const KUBE = `apiVersion: v1
users:
- name: administrator
  user:
    client-key-data: ${b64(PEM)}
    token: ${OTHER}
clusters:
- cluster:
    server: https://k8s.example.com:6443
`

/** What it is called, the value that is injected, the parts that a child may show. */
export const SHAPES: readonly (readonly [string, string, readonly string[]])[] = [
  ['service account', GOOGLE, [...PEM_PARTS, KEY_ID]],
  ['service account, pretty', JSON.stringify(SERVICE_ACCOUNT, null, 2), [...PEM_PARTS, KEY_ID]],
  ['service account in base64', b64(GOOGLE), [...PEM_PARTS, KEY_ID, GOOGLE]],
  ['service account in JSON', JSON.stringify({ key: GOOGLE }), [...PEM_PARTS, KEY_ID, GOOGLE]],
  ['RDS', JSON.stringify(RDS), [PW]],
  ['JSON, deep', JSON.stringify({ a: [{ b: { c: [PW, { deep: OTHER }] } }] }), [PW, OTHER]],
  [
    'JSON with a comment',
    `{ // mine\n "user": "x", "password": "${PW}", 'other': '${OTHER}', }`,
    [PW, OTHER],
  ],
  ['JSON lines', `{"token":"${PW}"}\n{"token":"${OTHER}"}`, [PW, OTHER]],
  [
    'docker config',
    JSON.stringify({ auths: { 'ghcr.io': { auth: b64(`bot:${PW}`) } } }),
    [PW, b64(`bot:${PW}`)],
  ],
  ['kubeconfig', KUBE, [...PEM_PARTS, b64(PEM), OTHER]],
  ['postgres', `postgres://svc:${url(PW)}@db.example.com:5432/app?sslmode=require`, [PW, url(PW)]],
  ['postgres, not encoded', `postgres://svc:p@ss/w#rd?+99@db.example.com/app`, ['p@ss/w#rd?+99']],
  ['mongodb+srv', `mongodb+srv://svc:q%40${url(PW)}@c0.ab1cd.mongodb.net/x?w=majority`, [`q@${PW}`]],
  ['mongodb, several hosts', `mongodb://svc:${url(PW)}@h1:27017,h2:27017/x?replicaSet=rs0`, [PW]],
  ['redis', `redis://:${url(PW)}@cache:6379/0`, [PW]],
  ['amqp', `amqps://bunny:${url(PW)}@mq.example.com/vhost`, [PW]],
  [
    'a generated user',
    `mysql://v-token-reader-x8f93kd93jdK2:${url(PW)}@db/app`,
    ['v-token-reader-x8f93kd93jdK2', PW],
  ],
  ['jdbc', `jdbc:postgresql://db.example.com/app?user=svc&password=${url(PW)}&ssl=true`, [PW]],
  [
    'jdbc sqlserver',
    `jdbc:sqlserver://db:1433;databaseName=orders;user=sa;password=${PW};encrypt=true`,
    [PW],
  ],
  ['jdbc oracle', `jdbc:oracle:thin:scott/${OTHER}@db.example.com:1521:orcl`, [OTHER]],
  ['oracle', `scott/${OTHER}@//db.example.com:1521/orcl`, [OTHER]],
  ['sqlserver', `sqlserver://sa:${url(PW)}@db:1433?database=app`, [PW]],
  ['go-sql-driver', `svc:${PW}@tcp(db.example.com:3306)/app?parseTime=true`, [PW]],
  ['libpq', `host=db.example.com user=svc password='${PW} it\\'s' sslmode=require`, [`${PW} it's`]],
  ['libpq, bare', `host=db.example.com password=${PW} user=svc`, [PW]],
  ['ADO.NET', `Server=tcp:x.database.windows.net,1433;User ID=svc;Password=${PW};Encrypt=True;`, [PW]],
  ['ADO.NET, quoted', `Data Source=db;Uid=sa;Pwd="a;b ${PW}"`, [`a;b ${PW}`]],
  ['ODBC', `Driver={ODBC Driver 17 for SQL Server};Server=db;UID=sa;PWD={x;${PW}}`, [`x;${PW}`]],
  ['Azure storage', `DefaultEndpointsProtocol=https;AccountName=mystorage;AccountKey=${AZURE}`, [AZURE]],
  [
    'Service Bus',
    `Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=${AZURE}`,
    [AZURE],
  ],
  [
    'SAS',
    `https://x.blob.core.windows.net/c?sv=2024-01-01&sig=${url(AZURE)}&se=2026-01-01`,
    [AZURE, url(AZURE)],
  ],
  ['Slack webhook', `https://hooks.slack.com/services/T00000000/B00000000/${HOOK}`, [HOOK]],
  ['Discord webhook', `https://discord.com/api/webhooks/123456789012345678/${SIGNATURE}`, [SIGNATURE]],
  ['Telegram', `https://api.telegram.org/bot123456789:AA${HOOK}/sendMessage`, [`AA${HOOK}`]],
  ['Sentry', `https://${KEY_ID.slice(0, 32)}@o12345.ingest.sentry.io/67890`, [KEY_ID.slice(0, 32)]],
  ['git address', `https://x-access-token:ghp_${HOOK}ABCDEF@github.com/o/r.git`, [`ghp_${HOOK}ABCDEF`]],
  ['Basic', b64(`svc-reader-9:${PW}`), [PW, 'svc-reader-9', `svc-reader-9:${PW}`]],
  ['Basic, with the word', `Basic ${b64(`me@example.com:${PW}`)}`, [PW, b64(`me@example.com:${PW}`)]],
  ['Basic, Latin-1', Buffer.from(`svc:${PW}\u00fc`, 'latin1').toString('base64'), [`${PW}\u00fc`]],
  ['Bearer', `Bearer ${PW}`, [PW]],
  ['header', `Authorization: Token ${PW}`, [PW]],
  ['list with commas', `${PW},${OTHER}`, [PW, OTHER]],
  ['list with semicolons', `${PW};${OTHER}`, [PW, OTHER]],
  ['list with blanks', `${PW} ${OTHER}`, [PW, OTHER]],
  ['list with lines', `${PW}\n${OTHER}\n`, [PW, OTHER]],
  ['list of pairs', `alice:${PW},bob:${OTHER}`, [PW, OTHER]],
  ['JWT', `${HEADER}.${PAYLOAD}.${SIGNATURE}`, [PAYLOAD, SIGNATURE, JTI]],
  [
    'JWT in a header',
    `Bearer ${HEADER}.${PAYLOAD}.${SIGNATURE}`,
    [`${HEADER}.${PAYLOAD}.${SIGNATURE}`, SIGNATURE],
  ],
  ['PEM', PEM, PEM_PARTS],
  ['PEM, escaped', PEM.replaceAll('\n', '\\n'), PEM_PARTS],
  ['PEM, one line', PEM.trim().replaceAll('\n', ' '), PEM_PARTS],
  ['PEM in base64', b64(PEM), PEM_PARTS],
  ['.env', DOTENV, [PW, OTHER]],
  ['.env in base64', b64(DOTENV), [PW, OTHER, DOTENV.trim()]],
  [
    'INI',
    `[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = ${PW}`,
    [PW, 'AKIAIOSFODNN7EXAMPLE'],
  ],
  ['YAML', `db:\n  host: db.example.com\n  password: ${PW}\nkeys:\n  - ${OTHER}\n`, [PW, OTHER]],
  ['TOML', `[auth]\ntoken = "${PW}"\nuser = 'bob'`, [PW]],
  ['.netrc', `machine api.example.com login bob password ${PW}`, [PW]],
  ['.netrc, lines', `machine api.example.com\n  login bob\n  password ${PW}\n`, [PW]],
  ['.pgpass', `db.example.com:5432:*:svc:${OTHER}\\:x`, [`${OTHER}:x`]],
  ['.npmrc', `//registry.example.com/:_authToken=npm_${HOOK}`, [`npm_${HOOK}`]],
  ['.npmrc, old', `//registry.example.com/:_password=${b64(PW)}`, [PW, b64(PW)]],
  ['cookies', `sid=${HOOK}; theme=dark; csrftoken=${OTHER}`, [HOOK, OTHER]],
  ['form', `grant_type=client_credentials&client_secret=${url(PW)}&scope=read`, [PW, url(PW)]],
  ['Python', `{'user': 'bob', 'password': '${PW}'}`, [PW]],
  ['options', `--user bob --password ${PW} --verbose`, [PW]],
  ['XML', `<server><username>bob</username><password>${OTHER}&amp;x</password></server>`, [`${OTHER}&x`]],

  // Harder ones.
  [
    'JSON, JSON in base64 in it',
    b64(JSON.stringify({ token: b64(JSON.stringify({ deep: { password: PW } })) })),
    [PW],
  ],
  [
    'JSON with an address and a list',
    JSON.stringify({ db: `redis://:${url(PW)}@h`, l: `${OTHER}1,${OTHER}2` }),
    [PW, `${OTHER}1`, `${OTHER}2`],
  ],
  ['JSON, numbers', '{"password":9876501234}', ['9876501234']],
  ['JSON in hex', Buffer.from(JSON.stringify({ password: PW })).toString('hex'), [PW]],
  ['JSON in percent', url(JSON.stringify({ password: PW })), [PW]],
  ['JSON as data:', `data:application/json;base64,${b64(JSON.stringify({ password: PW }))}`, [PW]],
  ['JSON, cut off', `{"user":"x","password":"${PW}","more":{"tok`, [PW]],
  ['base64 twice', b64(b64(`u:${PW}`)), [PW]],
  ['JWK', JSON.stringify({ kty: 'RSA', e: 'AQAB', d: `X4cTteJY_gn4${HOOK}` }), [`X4cTteJY_gn4${HOOK}`]],
  [
    'AWS session',
    JSON.stringify({ Credentials: { AccessKeyId: 'ASIAIOSFODNN7EXAMPLE', SessionToken: AZURE } }),
    ['ASIAIOSFODNN7EXAMPLE', AZURE],
  ],
  [
    'Cloud Foundry',
    JSON.stringify({ s: [{ credentials: { uri: `amqp://x:${url(PW)}@h/v`, apiKey: OTHER } }] }),
    [PW, OTHER],
  ],
  ['DSN, an @ in the user', `postgres://me@example.com:${OTHER}@host/db`, [OTHER]],
  ['DSN, colons', `postgres://u:a:b:${OTHER}@host/db`, [`a:b:${OTHER}`]],
  ['DSN, # in the password', `redis://:abc#def${OTHER}@host:6379`, [`abc#def${OTHER}`]],
  ['DSN, ? in the password', `mongodb://u:pw?d12${OTHER}@host/db`, [`pw?d12${OTHER}`]],
  ['DSN, a blank in the password', `postgres://u:p w ${OTHER}@host/db`, [`p w ${OTHER}`]],
  ['DSN, quotes in the password', `postgres://u:p'"w${OTHER}@host/db`, [`p'"w${OTHER}`]],
  ['DSN, a percent sign', `postgres://u:100%${OTHER}@host/db`, [`100%${OTHER}`]],
  ['DSN, no host', `postgres://u:${OTHER}@/db?host=/var/run`, [OTHER]],
  ['DSN, IPv6', `rediss://:${OTHER}@[::1]:6379/0`, [OTHER]],
  ['DSN of SQLAlchemy', `postgresql+psycopg2://svc:${url(PW)}@h/db`, [PW]],
  ['DSN with a key in its query', `bigquery://p?credentials_base64=${b64(GOOGLE)}`, [KEY_ID, b64(GOOGLE)]],
  ['TNS', `svc/${OTHER}@(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=h)(PORT=1521)))`, [OTHER]],
  ['Neo4j', 'neo4j/butterfly-9', ['butterfly-9']],
  ['account and password', 'bob@example.com:butterfly-9', ['butterfly-9']],
  ['SASL PLAIN', b64(`\0svc\0${OTHER}`), [OTHER]],
  ['XOAUTH2', b64(`user=me@example.com\u0001auth=Bearer ${HOOK}\u0001\u0001`), [HOOK]],
  ['form with blanks', 'a=1&password=two+words+9x&b=2', ['two words 9x']],
  ['mysql', `mysql -u root -p${OTHER} -h db`, [OTHER]],
  ['JSON, a number of many digits', '{"password":12345678901234567890}', ['12345678901234567890']],
  ['SMTP', `smtps://me%40example.com:${url(PW)}@smtp.example.com:465`, [PW]],
  ['two addresses', `redis://:${OTHER}1@a, redis://:${OTHER}2@b`, [`${OTHER}1`, `${OTHER}2`]],
  [
    'addresses in lines',
    `https://u:${OTHER}1@github.com\nhttps://v:${OTHER}2@gitlab.com\n`,
    [`${OTHER}1`, `${OTHER}2`],
  ],
  [
    'signed address',
    `https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260101&X-Amz-Signature=${KEY_ID}`,
    [KEY_ID],
  ],
  ['API key in a path', `https://mainnet.infura.io/v3/${KEY_ID.slice(0, 32)}`, [KEY_ID.slice(0, 32)]],
  ['token in a fragment', `https://x.example.com/cb#access_token=${HOOK}`, [HOOK]],
  [
    'calendar',
    `https://calendar.google.com/calendar/ical/me%40x.com/private-${KEY_ID}/basic.ics`,
    [`private-${KEY_ID}`],
  ],
  ['JAAS', `org.apache.kafka.PlainLoginModule required username="svc" password="${OTHER}";`, [OTHER]],
  ['headers as JSON', JSON.stringify({ Authorization: `Bearer ${PW}`, 'X-Api-Key': OTHER }), [PW, OTHER]],
  ['headers of OpenTelemetry', `api-key=${OTHER},x-honeycomb-team=Zyxw9876ab`, [OTHER, 'Zyxw9876ab']],
  ['AWS key pair', `AKIAIOSFODNN7EXAMPLE:${AZURE}`, ['AKIAIOSFODNN7EXAMPLE', AZURE]],
  ['two secrets and a colon', `${OTHER}1:${OTHER}2`, [`${OTHER}1`, `${OTHER}2`]],
  ['list with pipes', `${OTHER}1|${OTHER}2`, [`${OTHER}1`, `${OTHER}2`]],
  ['list with tabs', `${OTHER}1\t${OTHER}2`, [`${OTHER}1`, `${OTHER}2`]],
  ['list, quoted', `"${OTHER}1", "${OTHER}2"`, [`${OTHER}1`, `${OTHER}2`]],
  ['list of Python', `['${OTHER}1', '${OTHER}2']`, [`${OTHER}1`, `${OTHER}2`]],
  ['list, CRLF', `${OTHER}1\r\n${OTHER}2\r\n`, [`${OTHER}1`, `${OTHER}2`]],
  ['list of plain-looking tokens', 'alphabravo,charliedelta', ['alphabravo', 'charliedelta']],
  ['TOML list', `[a]\nkeys = ["${OTHER}1", "${OTHER}2"]`, [`${OTHER}1`, `${OTHER}2`]],
  ['YAML in a line', `{user: bob, password: ${OTHER}}`, [OTHER]],
  ['YAML, quoted', `password: 'it''s ${OTHER}'`, [`it's ${OTHER}`]],
  ['YAML, folded', `password: >-\n  ${OTHER}\nkey: |\n  ${PW}\n`, [OTHER, PW]],
  ['properties', `spring.datasource.password=${PW}\nspring.datasource.url=jdbc:mysql://h/db`, [PW]],
  ['HCL', `provider "x" { token = "${PW}" }`, [PW]],
  ['Ruby', `{:password=>"${PW}", :host=>"h"}`, [PW]],
  ['PHP', `define('DB_PASSWORD', '${PW}');`, [PW]],
  ['exports', `export A='${PW}'; export API_KEY=${OTHER}`, [PW, OTHER]],
  ['CSV', `user,password\nbob,${OTHER}`, [OTHER]],
  ['htpasswd', `admin:$apr1$abcdefgh$${HOOK}`, [`$apr1$abcdefgh$${HOOK}`]],
  [
    'WireGuard',
    `[Interface]\nPrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\nAddress = 10.0.0.1/24`,
    ['yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk='],
  ],
  [
    'age',
    `# public key: age1abc\nAGE-SECRET-KEY-1QQPQZRPZ9X8GF2TVDW0S3JN54KHCE6MUA7LQQPQZ`,
    ['AGE-SECRET-KEY-1QQPQZRPZ9X8GF2TVDW0S3JN54KHCE6MUA7LQQPQZ'],
  ],
  [
    'PEM, encrypted',
    PEM.replace('KEY-----\n', 'KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n'),
    [BODY.join(''), ...BODY],
  ],
  ['PEM, indented', PEM.replaceAll('\n', '\n    '), PEM_PARTS],
  ['PEM, CRLF', PEM.replaceAll('\n', '\r\n'), PEM_PARTS],
  ['PEM in .env', `A=x\nKEY="${PEM.trim().replaceAll('\n', '\\n')}"\n`, PEM_PARTS],
  ['PEM in .env, lines', `A=x\nKEY="${PEM.trim()}"\nB=${OTHER}\n`, [...PEM_PARTS, OTHER]],
  [
    'JWE',
    `${HEADER}.OKOawDo13gRp2oja.48V1_ALb6US04U3b.5eym8TW_c8SuK0lt.${HOOK}`,
    ['OKOawDo13gRp2oja', '5eym8TW_c8SuK0lt', HOOK],
  ],
  [
    'JSON, a token under a harmless name',
    JSON.stringify({ name: `ghp_${HOOK}ABCDEF`, path: `/v1/${KEY_ID}` }),
    [`ghp_${HOOK}ABCDEF`, KEY_ID],
  ],
  ['JSON, a token as a name', JSON.stringify({ [`ghp_${HOOK}ABCDEF`]: 'alice' }), [`ghp_${HOOK}ABCDEF`]],
  [
    'JSON, passwords by service',
    JSON.stringify({ db: OTHER, github: PW, cluster: `${OTHER}2` }),
    [OTHER, PW, `${OTHER}2`],
  ],
  [
    'JSON, below a harmless name',
    JSON.stringify({ database: { x: OTHER }, server: { y: [PW] } }),
    [OTHER, PW],
  ],
  [
    'JSON, below a secret name',
    JSON.stringify({ password: { value: 'butterfly9' }, tokens: ['dragonfly8'] }),
    ['butterfly9', 'dragonfly8'],
  ],
  ['libpq, a blank escaped', `host=h password=sun\\ ${OTHER} user=u`, [`sun ${OTHER}`]],
  [
    'Google user',
    JSON.stringify({
      type: 'authorized_user',
      client_secret: `GOCSPX-${HOOK}`,
      refresh_token: `1//0${HOOK}`,
    }),
    [`GOCSPX-${HOOK}`, `1//0${HOOK}`],
  ],
]
