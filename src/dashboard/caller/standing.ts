/**
 * Decides from a process's ancestors how it is related to the running sidecars. Pure.
 *
 *   inside   a descendant of a sidecar: a child, or what a child started
 *   host     the host application that launched a sidecar, or a descendant of it: a model may have a shell there
 *   orphan   it may descend from a child that has ended since. What such a child leaves behind is adopted by a process
 *            above the sidecar (the first process, the user's service manager), so: a process right below such an
 *            adopter that is no older than the host application. A terminal that the desktop opened just now can look
 *            the same; it is not believed either. Where all servers were confined none of them left anything there, and only
 *            what runs in the host application's own unit of systemd counts as its leftover
 *   unknown  the system doesn't tell enough
 *   clear    none of these: the user's own
 *
 * The host application is what the sidecar's line shows up to the first process that isn't the application's: the
 * adopter, another user's, the desktop, a shell at a terminal. A program that itself leads a terminal is the last one.
 */
import { ancestryOf, type Ancestry, type Process, type ProcessTable } from './process.ts'

export type CallerStanding = 'inside' | 'host' | 'orphan' | 'unknown' | 'clear'

const WORST: readonly CallerStanding[] = ['inside', 'host', 'orphan', 'unknown', 'clear']

export interface World {
  readonly table: ProcessTable
  /** The running sidecars; the one that asks is among them. */
  readonly sidecars: ReadonlySet<number>
  /** Who is known to adopt the orphans of a sidecar, besides the usual ones. */
  readonly adopters: ReadonlySet<number>
  /** What starts the user's browser for us, and ends at once; what it has started is no child of ours. */
  readonly launchers: ReadonlySet<number>
  /** The sidecar's user. */
  readonly uid: number
  /** There where no server of any sidecar can have left anything behind, as all were confined since the machine was started. */
  readonly confined?: Confined | undefined
}

export interface Confined {
  /** The application as systemd runs it, so that what it left behind can be told; undefined where it doesn't. */
  readonly unitOf: (pid: number) => string | undefined
}

const ADOPTERS = new Set(['systemd', 'init', 'launchd', 'tini', 'docker-init', 'dumb-init', 'catatonit'])
/** What starts a command without anybody sitting there. */
const TIMERS = new Set(['cron', 'crond', 'atd', 'anacron', 'fcron'])
const SHELLS = new Set('sh bash zsh fish dash ksh mksh tcsh csh nu pwsh elvish xonsh login'.split(' '))
/** Desktops start the applications, they are not part of them. */
const DESKTOPS = new Set(
  (
    'gnome-shell gnome-session-b plasmashell plasma_session kwin_wayland kwin_x11 ksmserver krunner xfce4-session ' +
    'xfce4-panel xfdesktop cinnamon mate-session mate-panel lxqt-session lxqt-panel lxsession lxpanel budgie-panel ' +
    'i3 sway Hyprland river labwc openbox fluxbox awesome bspwm dwm gnome-terminal- Finder Dock'
  ).split(' '),
)

/** The worst of them: a socket that several processes hold is in the hands of each. */
export function worstStanding(pids: readonly number[], world: World): CallerStanding {
  const standings = pids.map((pid) => standing(pid, world))
  return WORST.find((worst) => standings.includes(worst)) ?? 'unknown'
}

function standing(pid: number, world: World): CallerStanding {
  const caller = ancestryOf(pid, world.table)
  if (caller.line.some((above) => world.launchers.has(above.pid))) return 'unknown'
  if (caller.line.slice(1).some((above) => world.sidecars.has(above.pid))) return 'inside'
  if (caller.end === 'broken') return 'unknown'
  const places = [...world.sidecars].map((sidecar) =>
    placeBy(caller, ancestryOf(sidecar, world.table), world),
  )
  if (caller.line.some(({ name }) => TIMERS.has(name))) places.push('orphan')
  return WORST.find((worst) => places.includes(worst)) ?? 'clear'
}

function placeBy(caller: Ancestry, sidecar: Ancestry, world: World): CallerStanding {
  if (sidecar.line.length === 0) return 'clear'
  if (sidecar.end === 'broken') return 'unknown'
  const above = new Map(sidecar.line.map(({ pid }, height) => [pid, height]))
  const meets = caller.line.findIndex(({ pid }) => above.has(pid))
  const meeting = caller.line[meets]
  if (meeting === undefined) return 'clear'
  const height = above.get(meeting.pid) ?? 0
  if (height === 0) return 'clear'
  const top = hostHeight(sidecar.line, world)
  if (height <= top) return 'host'
  const branch = caller.line[meets - 1]
  if (branch === undefined || !adopts(meeting, world)) return 'clear'
  if (branch.uid !== world.uid) return 'clear'
  const since = Math.min(...sidecar.line.slice(0, top + 1).map(({ start }) => start))
  if (branch.start < since) return 'clear'
  return world.confined === undefined || isOfHost(branch, sidecar.line.slice(0, top + 1), world.confined)
    ? 'orphan'
    : 'clear'
}

/** A shell of the host, where a model types, may leave processes behind too; they stay in its unit. */
function isOfHost({ pid }: Process, host: readonly Process[], { unitOf }: Confined): boolean {
  const unit = unitOf(pid)
  return unit !== undefined && host.some((one) => unitOf(one.pid) === unit)
}

/** How far up the sidecar's line the host application reaches; 0: there is none left. */
function hostHeight(line: readonly Process[], world: World): number {
  let height = 0
  // Started by a terminal, not by an application.
  if (line[0]?.leadsTerminal === true) return height
  for (const above of line.slice(1)) {
    if (adopts(above, world) || above.uid !== world.uid || DESKTOPS.has(above.name)) break
    if (above.leadsTerminal && SHELLS.has(shellName(above.name))) break
    height += 1
    if (above.leadsTerminal) break
  }
  return height
}

function adopts({ pid, name }: Process, world: World): boolean {
  return pid === 1 || world.adopters.has(pid) || ADOPTERS.has(name)
}

/** A login shell's name begins with a dash. */
function shellName(name: string): string {
  return name.replace(/^-/, '')
}
