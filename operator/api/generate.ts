/**
 * Writes what is made from the schemas: crds/*.yaml and their copies for kustomize, the chart's CRD templates, docs/CRDS.md.
 *
 *     node --conditions=source operator/api/generate.ts           writes
 *     node --conditions=source operator/api/generate.ts --check   exits 1 when a file is out of step
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { customResourceDefinition, type JsonSchema } from './crd.ts'
import type { ResourceDefinition } from './definition.ts'
import { LUNAR_NETWORK } from './lunar-network.ts'
import { PROVIDER } from './provider.ts'
import { reference } from './reference.ts'
import { TRACKER } from './tracker.ts'

const DEFINITIONS: readonly ResourceDefinition[] = [LUNAR_NETWORK, TRACKER, PROVIDER]
const ROOT = join(import.meta.dirname, '../..')
const BANNER = '# Made by operator/api/generate.ts from the schemas in operator/api; do not edit.\n'

const yamlOf = (value: JsonSchema): string => BANNER + stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })

/** A chart template of the CRD: kept when the chart is uninstalled, because deleting a CRD deletes every resource of its kind. */
function templateOf(crd: JsonSchema): string {
  const metadata = crd['metadata'] as JsonSchema
  const kept = { ...crd, metadata: { ...metadata, annotations: { 'helm.sh/resource-policy': 'keep' } } }
  return `{{- if .Values.crds.install }}\n${yamlOf(kept)}{{- end }}\n`
}

function* outputs(): Generator<readonly [path: string, text: string]> {
  for (const definition of DEFINITIONS) {
    const crd = customResourceDefinition(definition)
    yield [`crds/${definition.plural}.yaml`, yamlOf(crd)]
    yield [`config/crd/bases/${definition.plural}.yaml`, yamlOf(crd)]
    yield [`charts/lunarx-operator/templates/crds/${definition.plural}.yaml`, templateOf(crd)]
  }
  yield ['docs/CRDS.md', reference(DEFINITIONS)]
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

const check = process.argv.includes('--check')
const stale = [...outputs()].filter(([path, text]) => contentOf(join(ROOT, path)) !== text)
for (const [path, text] of stale) {
  if (check) {
    console.error(`${path} is out of step: run operator/api/generate.ts`)
    process.exitCode = 1
  } else {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true })
    writeFileSync(join(ROOT, path), text)
    console.log(`wrote ${path}`)
  }
}
