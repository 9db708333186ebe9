/** npm run docs: writes the tables of docs/ anew, of the built code and of servers.schema.json. */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { STATE_FILES } from '../../dist/state/files.js'
import { schemaTables, stateTables, withTables } from './tables.mjs'

const root = resolve(import.meta.dirname, '../..')
const schema = JSON.parse(readFileSync(resolve(root, 'servers.schema.json'), 'utf8'))

write('docs/configuration.md', schemaTables(schema))
write('docs/state.md', stateTables(STATE_FILES))

function write(page, tables) {
  const path = resolve(root, page)
  writeFileSync(path, withTables(readFileSync(path, 'utf8'), tables))
}
