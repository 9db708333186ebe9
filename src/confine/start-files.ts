/**
 * Tells whether a confined server may write what its user's shell or session runs at the next login: then it is confined
 * only until that. Pure.
 */
import { posix } from 'node:path'
import type { Mount } from './mounts.ts'
import { isWithin } from './paths.ts'

const START_FILES = `
  .bashrc .bash_profile .bash_login .bash_logout .bash_aliases .profile .inputrc
  .zshrc .zshenv .zprofile .zlogin .zlogout .kshrc .cshrc
  .tcshrc .xprofile .xinitrc .xsession .xsessionrc .pam_environment .ssh/rc
  .ssh/authorized_keys .config/fish .config/autostart .config/systemd/user .config/environment.d .local/share/systemd/user .local/share/applications
  .local/bin Library/LaunchAgents .gitconfig
`
  .trim()
  .split(/\s+/)

/** @param home the user's, not the server's own */
export function writesStartFiles(mounts: readonly Mount[], home: string): boolean {
  const files = START_FILES.map((file) => posix.join(home, file))
  return mounts.some((mount) => {
    if (mount.kind !== 'write') return false
    const { path, from = path } = mount
    return files.some((file) => isWithin(file, from) || isWithin(from, file))
  })
}
