/** `sidemux logout SERVER`: tells the login server that the login is over, where it takes that, and forgets it here. */
import { ensureStateDir } from '../../state/directory.ts'
import { guardedFetch } from '../../upstream/remote/guarded.ts'
import { loginName } from '../../upstream/remote/oauth/login.ts'
import { revokeLogin } from '../../upstream/remote/oauth/revoke.ts'
import { LoginVault } from '../../upstream/remote/oauth/vault.ts'
import type { ConfigVerbOptions } from '../common/choice.ts'
import type { Io } from '../io.ts'
import { remoteServer } from './server.ts'

export async function logout(serverId: string, choice: ConfigVerbOptions, io: Io): Promise<0> {
  const { id, spec, url, ...server } = await remoteServer(serverId, choice, io)
  const vault = new LoginVault(ensureStateDir(io.env))
  const name = loginName(id, url)
  const login = await vault.alone(name, async (own) => {
    const before = await vault.read(name)
    return (await own.delete()) ? before : undefined
  })
  if (login === undefined) {
    io.stdout.write(`nobody was logged in to ${id}\n`)
    return 0
  }
  // Where its file can't be read the login is forgotten all the same.
  const trust = await server.trust().catch(() => undefined)
  const fetch = guardedFetch({ url, allowPrivate: spec.allowPrivate, env: io.env, trust })
  const told = await revokeLogin(login, fetch)
  io.stdout.write(
    told
      ? `logged out of ${id}; its login server has ended the login\n`
      : `logged out of ${id}; its login server was not told, so end the session there too if that matters\n`,
  )
  return 0
}
