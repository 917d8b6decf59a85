/**
 * Custom resources of the samples, read by the schemas that the CRDs are made from: no field is unknown, none has a wrong value. Rules
 * in CEL are for the API server (test/e2e/api/samples.test.ts).
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { parseAllDocuments } from 'yaml'
import { GROUP, VERSION } from './definition.ts'
import { LUNAR_NETWORK } from './lunar-network.ts'
import { PROVIDER } from './provider.ts'
import { TRACKER } from './tracker.ts'

const SAMPLES = 'config/samples'
const DEFINITIONS = [LUNAR_NETWORK, TRACKER, PROVIDER]

interface Resource {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: object
}

const documentsOf = (text: string): Resource[] => parseAllDocuments(text).map((document) => document.toJS() as Resource)

const sample = (file: string): Resource[] => documentsOf(readFileSync(join(SAMPLES, file), 'utf8'))

const resourcesOf = (file: string): Resource[] => sample(file).filter(({ apiVersion }) => apiVersion === `${GROUP}/${VERSION}`)

const files = readdirSync(SAMPLES).filter((file) => file.endsWith('.yaml') && resourcesOf(file).length > 0)

test('most samples are of custom resources', (t) => {
  t.true(files.length > 6)
})

for (const file of files)
  test(`${file}: the schemas know every field`, (t) => {
    for (const { kind, spec } of resourcesOf(file)) {
      const definition = DEFINITIONS.find((one) => one.kind === kind)
      // what a schema does not know it leaves out
      t.like(definition?.spec.parse(spec), spec)
    }
  })

test('copies-beside-trackers.yaml: trackers and the pool of copies have volumes of one class, other pools do not', (t) => {
  const resources = resourcesOf('copies-beside-trackers.yaml')
  const network = LUNAR_NETWORK.spec.parse(resources.find(({ kind }) => kind === 'LunarNetwork')?.spec) as {
    readonly classes: readonly { readonly copies?: readonly { readonly pools: readonly string[] }[] }[]
  }
  const copies = network.classes.flatMap((one) => one.copies ?? []).flatMap(({ pools }) => pools)
  const classOf = ({ spec }: Resource): string | undefined =>
    (spec as { readonly volume?: { readonly storageClassName?: string } }).volume?.storageClassName
  const there = resources.filter((one) => classOf(one) === 'tracker-nodes').map(({ metadata }) => metadata.name)
  t.deepEqual(there, ['tracker', ...copies])
})

test('the StorageClass that docs/INSTALL.md shows is the one of the sample', (t) => {
  const shown = [...readFileSync('docs/INSTALL.md', 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)]
    .flatMap(([, text = '']) => documentsOf(text))
    .filter(({ kind }) => kind === 'StorageClass')
  t.deepEqual(
    shown,
    sample('copies-beside-trackers.yaml').filter(({ kind }) => kind === 'StorageClass'),
  )
  t.is(shown.length, 1)
})
