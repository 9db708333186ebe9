/** The key `install:` of a server: whether sidemux installs the package that npx or uvx would run, and how. */
import { z } from 'zod'

export const INSTALL_MODES = ['auto', 'scripts', 'off'] as const
export type InstallMode = (typeof INSTALL_MODES)[number]

export const installOption = z
  .enum(INSTALL_MODES)
  .describe(
    'What becomes of a package that npx or uvx would run. auto: sidemux installs it once, in the version that servers.lock holds or else the newest, without its install scripts, and starts that version until "sidemux update". scripts: install scripts of npm packages run as well, confined as the server is. off: it is started as it is written, and whatever version is there then runs.',
  )
