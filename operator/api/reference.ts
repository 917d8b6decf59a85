/**
 * CRDs → docs/CRDS.md: every field with its type, default, limits and rules. Made, never written by hand.
 *
 * @module
 */
import type { JsonSchema } from './crd.ts'
import { structuralSchema } from './crd.ts'
import { GROUP, VERSION, type ResourceDefinition } from './definition.ts'

interface Row {
  readonly path: string
  readonly schema: JsonSchema
  readonly required: boolean
}

const childrenOf = (schema: JsonSchema): Readonly<Record<string, JsonSchema>> => (schema['properties'] ?? {}) as Record<string, JsonSchema>
const itemsOf = (schema: JsonSchema): JsonSchema | undefined => schema['items'] as JsonSchema | undefined

function typeOf(schema: JsonSchema): string {
  if (schema['x-kubernetes-int-or-string'] === true) return 'quantity'
  const items = itemsOf(schema)
  if (items !== undefined) return `[]${typeOf(items)}`
  const values = schema['additionalProperties']
  if (values !== undefined) return `map of ${typeOf(values as JsonSchema)}`
  const choice = schema['enum'] as readonly string[] | undefined
  return choice === undefined ? String(schema['type']) : choice.join(' \\| ')
}

function limitsOf(schema: JsonSchema): string {
  const { minimum, maximum, maxLength, minItems, maxItems } = schema as Record<string, number | undefined>
  const parts: string[] = []
  if (minimum !== undefined || maximum !== undefined) parts.push(`${minimum ?? ''}…${maximum ?? ''}`)
  if (maxLength !== undefined && schema['enum'] === undefined) parts.push(`≤ ${maxLength} characters`)
  if (maxItems !== undefined) parts.push(`${minItems ?? 0}…${maxItems} items`)
  return parts.join(', ')
}

function* rowsOf(schema: JsonSchema, prefix: string): Generator<Row> {
  const required = new Set((schema['required'] ?? []) as readonly string[])
  for (const [name, child] of Object.entries(childrenOf(schema))) {
    const path = prefix === '' ? name : `${prefix}.${name}`
    yield { path, schema: child, required: required.has(name) && child['default'] === undefined }
    yield* rowsOf(child, path)
    const items = itemsOf(child)
    if (items !== undefined) yield* rowsOf(items, `${path}[]`)
  }
}

function* rulesOf(schema: JsonSchema): Generator<string> {
  for (const rule of (schema['x-kubernetes-validations'] ?? []) as readonly { readonly message: string }[]) yield rule.message
  for (const child of Object.values(childrenOf(schema))) yield* rulesOf(child)
  const items = itemsOf(schema)
  if (items !== undefined) yield* rulesOf(items)
}

function table(schema: JsonSchema): string {
  const lines = [...rowsOf(schema, '')].map(({ path, schema: field, required }) => {
    const fallback = field['default'] === undefined ? (required ? '**required**' : '') : `\`${JSON.stringify(field['default'])}\``
    return `| \`${path}\` | ${typeOf(field)} | ${fallback} | ${limitsOf(field)} | ${(field['description'] as string | undefined) ?? ''} |`
  })
  return ['| field | type | default | limits | meaning |', '|---|---|---|---|---|', ...lines].join('\n')
}

function section(definition: ResourceDefinition): string {
  const spec = structuralSchema(definition.spec)
  const refusals = [...definition.rules.map((rule) => rule.message), ...rulesOf(spec)].map((message) => `- ${message}`)
  return [
    `## ${definition.kind} (\`${definition.shortName}\`)`,
    definition.description,
    '### spec',
    table(spec),
    '### Refused with',
    refusals.join('\n'),
    '### status',
    table(structuralSchema(definition.status)),
  ].join('\n\n')
}

export function reference(definitions: readonly ResourceDefinition[]): string {
  const head = [
    '# Custom resources',
    `Group \`${GROUP}\`, version \`${VERSION}\`, category \`lunarx\` (\`kubectl get lunarx -A\`). Made from the schemas in \`operator/api\` by \`operator/api/generate.ts\`; do not edit.`,
  ]
  return `${[...head, ...definitions.map(section)].join('\n\n')}\n`
}
