/**
 * Finds the programs that sidemux itself starts to confine servers and to protect itself. They run outside, so none is taken
 * from where a server that was given a project may put one: where sidemux is started by npx, npm or direnv, PATH names the
 * `node_modules/.bin` of that project.
 */
import { realpathSync } from 'node:fs'
import { posix } from 'node:path'
import { isExecutable } from '../../executable.ts'
import { isOfSystem } from '../system.ts'

/** Where distributions install programs. */
const USUAL = ['/usr/bin', '/bin', '/usr/local/bin', '/run/current-system/sw/bin']
const OF_PROJECT = /\/node_modules\/(?:.*\/)?\.bin\/?$/

/** @param path of sidemux itself, as PATH is written */
export function installed(name: string, path: string): string | undefined {
  return placesOf(name, [...path.split(':'), ...USUAL]).find(isExecutable)
}

/**
 * Variables with which perl looks at no locale: it would load a dozen files, and complain to the server's stderr where the
 * user's isn't installed. What it starts doesn't get them.
 *
 * @see man 1 perlrun
 */
export const PERL_WITHOUT_LOCALE: Readonly<Record<string, string>> = {
  PERL_BADLANG: '0',
  PERL_SKIP_LOCALE_INIT: '1',
}

/** The perl that runs in sandboxes, too: it has to be one of the system, which each of them has. Without links. */
export function systemPerl(path = ''): string | undefined {
  return placesOf('perl', [...USUAL, ...path.split(':')])
    .filter(isExecutable)
    .map((place) => realpathSync(place))
    .find(isOfSystem)
}

function placesOf(name: string, directories: readonly string[]): readonly string[] {
  return directories
    .filter((directory) => directory.startsWith('/') && !OF_PROJECT.test(posix.normalize(directory)))
    .map((directory) => posix.join(directory, name))
}
