/** Loads as sources what a bench takes of the build, so that its list of modules is that of the test which holds it. */

/** @param modules paths below dist/; answers all that they export */
export async function sourcesOf(modules: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const loaded = modules.map((path) => import(/* @vite-ignore */ `../src/${path.replace(/\.js$/, '.ts')}`))
  return Object.assign({}, ...(await Promise.all(loaded))) as Record<string, unknown>
}
