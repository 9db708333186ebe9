/**
 * What a run says of itself at its end: which projects it left out, so that nobody takes a part for the whole, and in
 * CI that a test was skipped, which is an error there.
 */
import type { Reporter, TestCase, TestModule, TestProject, Vitest } from 'vitest/node'

export const PROJECTS = ['unit', 'process', 'e2e', 'browser', 'programs']

/** One line for what a run of these projects leaves out; undefined where it is all of them. */
export function leftOut(run: readonly string[]): string | undefined {
  const left = PROJECTS.filter((name) => !run.includes(name))
  return left.length === 0
    ? undefined
    : `Not run: the tests of the projects ${left.join(', ')}. "npm run test:all" runs them too.`
}

export function skippedIn(modules: readonly Pick<TestModule, 'children' | 'relativeModuleId'>[]): string[] {
  return modules.flatMap((module) =>
    [...module.children.allTests('skipped')].map(
      (test: Pick<TestCase, 'fullName'>) => `${module.relativeModuleId} > ${test.fullName}`,
    ),
  )
}

export default class Honest implements Reporter {
  #projects: string[] = []

  onInit(vitest: Vitest): void {
    this.#projects = vitest.projects.map((project: TestProject) => project.name)
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = process.env['CI'] === undefined ? [] : skippedIn(modules)
    if (skipped.length > 0) {
      process.exitCode = 1
      process.stderr.write(`Skipped, which is an error in CI:\n  ${skipped.join('\n  ')}\n`)
    }
    const left = leftOut(this.#projects)
    if (left !== undefined) process.stdout.write(`\n${left}\n`)
  }
}
