/** Writes the JSON Schema of servers.yaml, which editors complete and check by: `node write-json-schema.js OUT`. */
import { writeFileSync } from 'node:fs'
import { jsonSchemaText } from './json-schema.ts'

const [out] = process.argv.slice(2)
if (out === undefined) {
  process.stderr.write('usage: write-json-schema.js OUT\n')
  process.exitCode = 2
} else {
  writeFileSync(out, jsonSchemaText())
}
