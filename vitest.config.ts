/**
 * The tests' five projects. A file's name says which it belongs to, by what it needs:
 *
 *     name.test.ts           unit: this process only; no build, no other process, no browser
 *     name.process.test.ts   process: real processes of the built sidecar (npm run build)
 *                            e2e: likewise, in a folder of WHOLE, where the rooms work together
 *     name.browser.test.ts   a Chromium as well
 *     name.programs.test.ts  programs of the system as well: age, gpg, gnome-keyring, openssl, PostgreSQL, xdotool ...
 *
 * All run in processes that load each file of src/ and of dist/ once, since a second of processor time a file went into that. So
 * no file may mock modules; test/projects/tidy.ts tidies up between files, and alone.ts keeps further processes out of the unit
 * project. They are no threads of one process, as flags of V8 that a test sets would then hold for the tests of the others, and
 * what ends one would not say why.
 */
import { defineConfig } from 'vitest/config'

const KINDS = ['browser', 'programs']
const WHOLE = ['apps', 'attacks', 'e2e', 'examples', 'requirements'].map(
  (folder) => `test/${folder}/**/*.process.test.ts`,
)

/**
 * Which projects run together, one group after the other, and how many files of a group run at once. Tests of processes and of
 * connections wait most of their time, so two cores carry four of them. Each process of the unit project loads all of src/ anew,
 * so a third one is worth its price, and a fourth is not. A browser is several processes by itself.
 */
const GROUPS = [
  { projects: ['unit'], maxWorkers: 3 },
  { projects: ['process', 'e2e'], maxWorkers: 4 },
  { projects: ['browser', 'programs'], maxWorkers: 3 },
]
const orderOf = (name: string): { maxWorkers: number; sequence: { groupOrder: number } } => {
  const groupOrder = GROUPS.findIndex(({ projects }) => projects.includes(name))
  return { maxWorkers: GROUPS[groupOrder]?.maxWorkers ?? 1, sequence: { groupOrder } }
}

/** Many files in one process. */
const sharing = (...setupFiles: string[]) => ({
  pool: 'forks' as const,
  isolate: false,
  setupFiles: ['test/projects/tidy.ts', ...setupFiles],
})

const filesOf = (kind: string): string[] => [`test/**/*.${kind}.test.ts`]

export default defineConfig({
  test: {
    reporters: ['default', './test/projects/reporter.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is waited for has no time of its own; the test's has to do.
    expect: { poll: { timeout: 30_000 } },
    // Tests of a file that run at the same time do so because they wait.
    maxConcurrency: 20,
    // What was built is run as it is.
    server: { deps: { external: [/\/dist\//] } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['process', ...KINDS].flatMap(filesOf),
          ...sharing('test/projects/alone.ts'),
          // Much is made and soon forgotten. With more room for it V8 looks through it less often, a tenth of all its work.
          execArgv: ['--max-semi-space-size=32'],
          ...orderOf('unit'),
        },
      },
      {
        extends: true,
        test: {
          name: 'process',
          include: filesOf('process'),
          exclude: WHOLE,
          ...sharing(),
          ...orderOf('process'),
        },
      },
      { extends: true, test: { name: 'e2e', include: WHOLE, ...sharing(), ...orderOf('e2e') } },
      ...KINDS.map((name) => ({
        extends: true as const,
        test: { name, include: filesOf(name), ...sharing(), ...orderOf(name) },
      })),
    ],
  },
})
