import test from 'ava'
import { customResourceDefinition, type JsonSchema } from './crd.ts'
import { LUNAR_NETWORK, lunarNetworkSpec } from './lunar-network.ts'
import { PROVIDER, providerSpec } from './provider.ts'
import { TRACKER } from './tracker.ts'
import { reference } from './reference.ts'

interface Visited {
  readonly path: string
  readonly schema: JsonSchema
}

function* visit(schema: JsonSchema, path: string): Generator<Visited> {
  yield { path, schema }
  const children = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>
  for (const [name, child] of Object.entries(children)) yield* visit(child, `${path}.${name}`)
  const items = schema['items'] as JsonSchema | undefined
  if (items !== undefined) yield* visit(items, `${path}[]`)
  const values = schema['additionalProperties'] as JsonSchema | undefined
  if (values !== undefined) yield* visit(values, `${path}{}`)
}

const DEFINITIONS = [LUNAR_NETWORK, TRACKER, PROVIDER]

for (const definition of DEFINITIONS) {
  const crd = customResourceDefinition(definition) as { spec: { versions: { schema: { openAPIV3Schema: JsonSchema } }[] } }
  const root = crd.spec.versions[0]?.schema.openAPIV3Schema ?? {}
  const fields = [
    ...visit((root['properties'] as Record<string, JsonSchema>)['spec'] ?? {}, 'spec'),
    ...visit((root['properties'] as Record<string, JsonSchema>)['status'] ?? {}, 'status'),
  ]

  test(`${definition.kind}: no object has an empty list of fields, which the API server would drop`, (t) => {
    const empty = fields.filter(({ schema }) => Object.keys(schema['properties'] ?? { some: true }).length === 0)
    t.deepEqual(
      empty.map(({ path }) => path),
      [],
    )
  })

  test(`${definition.kind}: every field has a description`, (t) => {
    const named = fields.filter(({ path }) => !path.endsWith('[]') && !path.endsWith('{}'))
    t.true(named.length > 10)
    t.deepEqual(
      named.filter(({ schema }) => typeof schema['description'] !== 'string').map(({ path }) => path),
      [],
    )
  })

  test(`${definition.kind}: every string, list and map of the spec is bounded, as CEL costs demand`, (t) => {
    const unbounded = fields.filter(({ path, schema }) => {
      if (!path.startsWith('spec')) return false
      if (schema['type'] === 'string') return schema['maxLength'] === undefined && schema['enum'] === undefined
      if (schema['type'] === 'array') return schema['maxItems'] === undefined
      return schema['additionalProperties'] !== undefined && schema['maxProperties'] === undefined
    })
    t.deepEqual(
      unbounded.map(({ path }) => path),
      [],
    )
  })

  test(`${definition.kind}: structural, no type inside a union`, (t) => {
    for (const { path, schema } of fields) {
      t.false('oneOf' in schema || 'allOf' in schema, path)
      if ('anyOf' in schema) t.deepEqual(schema['anyOf'], [{ type: 'integer' }, { type: 'string' }], path)
    }
  })

  test(`${definition.kind}: the reference names every field of the spec`, (t) => {
    const text = reference([definition])
    for (const { path } of fields.filter(({ path }) => path.startsWith('spec.') && !path.endsWith('[]') && !path.endsWith('{}')))
      t.true(text.includes(`\`${path.slice(5)}\``), path)
  })
}

test('a spec with only what is required gets the documented defaults', (t) => {
  const spec = lunarNetworkSpec.parse({ classes: [{ name: 'standard', required: 4, parity: 2 }], defaultClass: 'standard' })
  t.deepEqual(spec.detection, { heartbeatSeconds: 5, suspectSeconds: 15, lostSeconds: 60 })
  t.is(spec.deletionPolicy, 'Retain')
  t.is(spec.classes[0]?.inlineBytes, 65_536)
  t.deepEqual(providerSpec.parse({ network: 'lunar' }).services, ['storage', 'index'])
})
