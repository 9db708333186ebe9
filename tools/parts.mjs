// Which module goes into which file of the bundle. A file that a start doesn't need isn't loaded, and each that it does need
// costs it; and what is published has few files. So the places where something begins, a program, a command, what is
// loaded later, are put into the parts below, and each module goes to the first part that uses it. What a module imports
// is used by all that use the module, so it is in the same part or in one before: the files never need each other.
import { join, relative, sep } from 'node:path'

/**
 * In this order, with who uses it: one user at least for each pattern. A user is where something begins: the path of that
 * module in dist/ without its ending, or a package. A session goes through the first parts; what only the later ones use,
 * it never loads.
 */
const PARTS = [
  ['first', /^commands\/(?:main|first-answer)$/],
  ['serve-worker', /^commands\/serve$/, /^large\/worker$/],
  [
    'serve-programs',
    /^commands\/serve$/,
    /^secrets\/leases\/clerk-main$|^upstream\/remote\/oauth\/refresh-main$/,
  ],
  // A refresh of a login loads these two and nothing of a session; who only reads servers.yaml loads no client.
  ['net-config', /^upstream\/remote\/oauth\/refresh-main$/, /^config\//],
  [
    'net',
    /^upstream\/remote\/oauth\/refresh-main$/,
    /^upstream\/remote\/(?:remote-link|target|oauth\/refresh-apart)$|^secrets\/stores\//,
  ],
  ['serve-check', /^commands\/serve$/, /^config\/|^commands\/check$/],
  ['serve', /^commands\/serve$/],
  ['egress-config', /^egress\/egress$/, /^config\//],
  ['egress', /^egress\/egress$/],
  ['front', /^dashboard\/door\/front$/],
  ['dashboard-commands', /^dashboard\//, /^commands\//],
  ['dashboard', /^dashboard\//],
  ['dotenv', /^secrets\/stores\/files\//],
  ['config', /^config\//],
]
/** Then what a store shares with anything else, then the rest. */
const STORE = /^secrets\/stores\/[^/]+/
/** Commands that need more than the others. */
const ALONE = ['login', 'approvals', 'secrets']
const inCommand = (name) => new RegExp(`^commands/${name}/`)
const notInCommand = (name) => new RegExp(`^commands/(?!${name}/)`)
const REST = [
  ['remote', /^upstream\/remote\/(?:remote-link|target|oauth\/refresh-apart)$/],
  ['refresh', /^upstream\/remote\//],
  ['broker', /^egress\//],
  ['worker', /^large\/worker$/],
  ['clerk', /^secrets\/leases\//],
  ['secretlint', /^@secretlint\//],
  ['infisical-sdk', /^@infisical\/sdk/],
  ['install', /^packages\/packages$|^upstream\/launch\/from-package$|^sidecar\/children\/packaging$/],
  ['check', /^commands\/check$/],
  ...ALONE.map((name) => ['commands-common', inCommand(name), notInCommand(name)]),
  ...ALONE.map((name) => [name, inCommand(name)]),
  ['commands', /^commands\//],
]
/** Of what has no part above, by its folder: a store, or a room. Stores that are small and alike share a part. */
const FOLDER = /^(?:secrets\/stores\/[^/]+|[^/]+)(?=\/|$)/
const ALIKE = [
  [/(?:exec|presets)$/, 'programs'],
  [/(?:aws|azure|gcp|doppler)$/, 'clouds'],
  [/(?:local|keychain)$/, 'local'],
]
function folderOf(user) {
  const folder = FOLDER.exec(user)?.[0] ?? 'rest'
  const [pattern = /$^/, name = ''] = ALIKE.find(([one]) => one.test(folder)) ?? []
  return folder.replace(pattern, name).replaceAll('/', '-')
}

/**
 * The option `codeSplitting` of rolldown.
 * @param dist where the modules are
 * @param programs where a process or a thread begins, as `commands/main`
 */
export function parts(dist, programs) {
  let partOf
  return {
    groups: [
      {
        debugName: 'parts',
        name(module, graph) {
          partOf ??= assign(graph, dist, programs)
          // What a program begins with is a file already.
          return graph.getModuleInfo(module).isEntry ? null : (partOf.get(module) ?? null)
        },
        includeDependenciesRecursively: false,
      },
    ],
  }
}

/** By module, the name of its part. */
function assign(graph, dist, programs) {
  const usersOf = new Map()
  const begun = new Set()
  const begin = (root) => {
    if (begun.has(root)) return
    begun.add(root)
    const todo = [root]
    const seen = new Set(todo)
    for (let module = todo.pop(); module !== undefined; module = todo.pop()) {
      usersOf.set(module, [...(usersOf.get(module) ?? []), nameOf(root, dist)])
      const info = graph.getModuleInfo(module)
      for (const next of info?.importedIds ?? []) {
        if (!seen.has(next)) todo.push(next)
        seen.add(next)
      }
      for (const later of info?.dynamicallyImportedIds ?? []) begin(later)
    }
  }
  for (const program of programs) begin(join(dist, `${program}.js`))
  return new Map([...usersOf].map(([module, users]) => [module, partOfUsers(users)]))
}

function partOfUsers(users) {
  const first = (parts) =>
    parts.find(([, ...all]) => all.every((one) => users.some((user) => one.test(user))))?.[0]
  const stores = new Set(users.map((user) => (STORE.test(user) ? folderOf(user) : '')))
  const isShared = stores.size > 1
  return first(PARTS) ?? (isShared ? 'stores' : undefined) ?? first(REST) ?? users.map(folderOf).toSorted()[0]
}

/** `commands/serve`, or the package. */
function nameOf(module, dist) {
  const [, inPackages] = module.split(`${sep}node_modules${sep}`)
  return (inPackages ?? relative(dist, module).replace(/\.js$/, '')).replaceAll(sep, '/')
}
