// npm run cost: what one call costs in the sidecar, counted, so that a loaded machine changes nothing; with another built
// checkout beside this one where a path to it is given, for before and after.
import { resolve } from 'node:path'
import { costs, MODULES } from './cost-of-a-call.mjs'

for (const root of [...process.argv.slice(2), resolve(import.meta.dirname, '..')]) {
  const modules = await Promise.all(MODULES.map((module) => import(resolve(root, 'dist', module))))
  console.log(root)
  console.table(await costs(Object.assign({}, ...modules)))
}
