/**
 * Resource definition → CustomResourceDefinition. Structural: zod's unions are flattened, nothing is left unbounded.
 *
 * @module
 */
import { z } from 'zod'
import { GROUP, VERSION, type ResourceDefinition } from './definition.ts'
import type { CelRule } from './fields.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

/** What Kubernetes holds against zod's output: `anyOf` beside int-or-string must be bare, and safe-integer limits only add noise. */
function makeStructural(context: { readonly jsonSchema: Record<string, unknown> }): void {
  const schema = context.jsonSchema
  if (schema['x-kubernetes-int-or-string'] === true) {
    delete schema['type']
    schema['anyOf'] = [{ type: 'integer' }, { type: 'string' }]
    return
  }
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum']
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum']
}

/** `default: {}` of an object → the defaults of its fields: the API server judges CEL rules on a default before it fills in inner ones. */
function spellDefault(schema: JsonSchema): JsonSchema {
  const { properties, ...rest } = schema as { readonly properties?: Readonly<Record<string, JsonSchema>> }
  if (properties === undefined) return schema
  // the API server drops it: whoever applies it would for ever be about to change something, and conflict with whoever applied it before
  if (Object.keys(properties).length === 0) return rest
  const spelled = Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, spellDefault(child)]))
  if (schema['default'] === undefined) return { ...schema, properties: spelled }
  const defaults = Object.entries(spelled).flatMap(([name, child]) =>
    child['default'] === undefined ? [] : [[name, child['default']] as const],
  )
  return { ...schema, default: { ...schema['default'], ...Object.fromEntries(defaults) }, properties: spelled }
}

/** OpenAPI v3 schema as a CRD takes it. */
export function structuralSchema(schema: z.ZodType): JsonSchema {
  return spellDefault(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', override: makeStructural }) as JsonSchema)
}

function rootSchema(definition: ResourceDefinition): JsonSchema {
  const text = (description: string) => ({ type: 'string', description })
  return {
    type: 'object',
    description: definition.description,
    required: ['spec'],
    properties: {
      apiVersion: text('Version of this schema.'),
      kind: text('Kind of the resource.'),
      metadata: { type: 'object' },
      spec: structuralSchema(definition.spec),
      status: { ...structuralSchema(definition.status), description: 'What the operator observed.' },
    },
    'x-kubernetes-validations': definition.rules.map((rule: CelRule) => ({ ...rule })),
  }
}

export function customResourceDefinition(definition: ResourceDefinition): JsonSchema {
  const scale = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${definition.plural}.${GROUP}`, labels: { 'app.kubernetes.io/part-of': 'lunarx' } },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: definition.kind,
        listKind: `${definition.kind}List`,
        singular: definition.singular,
        plural: definition.plural,
        shortNames: [definition.shortName],
        categories: ['lunarx'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: rootSchema(definition) },
          subresources: { status: {}, ...(definition.scales ? { scale } : {}) },
          additionalPrinterColumns: definition.columns,
        },
      ],
    },
  }
}
