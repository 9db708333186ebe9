import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { jsonSchema, jsonSchemaText, type JsonSchema } from '../../src/config/schema/json-schema.ts'

test('servers.schema.json is up to date; `npm run schema` writes it', () => {
  const committed = readFileSync(new URL('../../servers.schema.json', import.meta.url), 'utf8')
  expect(committed).toBe(jsonSchemaText())
})

/** Every schema in the tree, with the path to it. */
function* walk(schema: unknown, path: string): Generator<[path: string, schema: JsonSchema]> {
  if (typeof schema !== 'object' || schema === null) return
  const node = schema as JsonSchema
  yield [path, node]
  for (const [key, child] of Object.entries(node.properties ?? {})) yield* walk(child, `${path}.${key}`)
  for (const [index, child] of (node.oneOf ?? []).entries()) yield* walk(child, `${path}|${index}`)
  yield* walk(node.additionalProperties, `${path}.*`)
  yield* walk(node.items, `${path}[]`)
}

const all = [...walk(jsonSchema(), 'servers.yaml')]

test('every key is described for those who write the file', () => {
  const keys = all.filter(([path]) => /\.[^.*|[\]]+$/.test(path) && path !== 'servers.yaml')
  expect(keys.length).toBeGreaterThan(80)
  expect(keys.filter(([, schema]) => schema.description === undefined).map(([path]) => path)).toEqual([])
})

test('every mapping with keys of its own refuses others', () => {
  const open = all.filter(
    ([, schema]) => schema.properties !== undefined && schema.additionalProperties !== false,
  )
  expect(open.map(([path]) => path)).toEqual([])
})
