/**
 * A private PostgreSQL: a cluster in a temporary directory, on a unix socket there, owned by a user that is not root, with
 * passwords that are really checked. Where PostgreSQL is not installed `startPostgres` says so and gives undefined.
 *
 *   const postgres = await startPostgres()
 *   const role = postgres.role('readonly')   // create() and drop() for a dynamic secret of a test server
 *   await postgres.logIn(user, password)     // true or false
 */
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { needsThat } from './needs.mjs'

const run = promisify(execFile)
const ADMIN = 'admin'

export async function startPostgres() {
  const bin = await binaries()
  const owner = await notRoot()
  if (bin === undefined || owner === undefined) {
    const reason =
      bin === undefined
        ? 'PostgreSQL (initdb, postgres, psql) is not installed'
        : 'there is no user to run PostgreSQL as'
    needsThat(false, reason)
    return undefined
  }
  const dir = await mkdtemp(join(tmpdir(), 'pg-'))
  const data = join(dir, 'data')
  const password = randomBytes(16).toString('hex')
  const passwordFile = join(dir, 'password')
  await writeFile(passwordFile, password)
  await mkdir(data, { mode: 0o700 })
  if (owner.uid !== undefined)
    for (const path of [dir, data, passwordFile]) await chown(path, owner.uid, owner.gid)
  const as = { ...owner, cwd: dir }
  const initdb = [
    '-D',
    data,
    '-U',
    ADMIN,
    '-A',
    'scram-sha-256',
    `--pwfile=${passwordFile}`,
    '-E',
    'UTF8',
    '--locale=C',
    '-N',
  ]
  await run(join(bin, 'initdb'), initdb, as)
  const settings = ['-c', 'fsync=off', '-c', 'listen_addresses=', '-c', `unix_socket_directories=${dir}`]
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...settings], { ...as, stdio: 'ignore' })
  const ended = new Promise((resolve) => server.once('exit', resolve))

  const psql = (user, secret, sql) =>
    run(
      join(bin, 'psql'),
      ['-h', dir, '-U', user, '-d', 'postgres', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', sql],
      {
        cwd: dir,
        env: { PATH: process.env.PATH, PGPASSWORD: secret, PGCONNECT_TIMEOUT: '5' },
      },
    ).then(({ stdout }) => stdout.trim())
  const admin = (sql) => psql(ADMIN, password, sql)
  const logIn = (user, secret) =>
    psql(user, secret, 'select current_user').then(
      (said) => said === user,
      () => false,
    )
  for (let tries = 0; !(await logIn(ADMIN, password)); tries += 1) {
    if (tries === 100) throw new Error('PostgreSQL did not come up')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }

  return {
    admin,
    logIn,
    /** Roles, as the back end's own engine makes and drops them; `fields` names the user and the password. */
    role(name, [userField, passwordField] = ['username', 'password']) {
      return {
        async create() {
          const user = `v-${name}-${randomBytes(6).toString('hex')}`
          const secret = randomBytes(12).toString('hex')
          await admin(
            `create role "${user}" login password '${secret}' valid until '${new Date(Date.now() + 3_600_000).toISOString()}'`,
          )
          return { [userField]: user, [passwordField]: secret }
        },
        async drop({ [userField]: user }) {
          await admin(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${user}'`)
          await admin(`drop role if exists "${user}"`)
        },
      }
    },
    roles: async () =>
      (await admin(`select rolname from pg_roles where rolname like 'v-%'`)).split('\n').filter(Boolean),
    async close() {
      server.kill('SIGINT')
      await ended
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** Debian keeps them off the PATH, by version. */
async function binaries() {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? await readdir(debian) : []
  const places = [
    ...versions.toSorted((a, b) => Number(b) - Number(a)).map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ]
  return places.find((place) => ['initdb', 'postgres', 'psql'].every((name) => existsSync(join(place, name))))
}

/** PostgreSQL refuses to run as root, so root lends it another user. */
async function notRoot() {
  if (process.platform === 'win32') return undefined
  if (process.getuid() !== 0) return {}
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  return user && { uid: Number(user[2]), gid: Number(user[3]) }
}
