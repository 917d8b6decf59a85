/**
 * Every sample is taken by a real API server, unknown fields being errors, in a namespace in which pods must be `restricted`.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { kubectl, ToolError } from '../../../hack/cluster/cluster.ts'
import { testCluster } from '../cluster.ts'
import { installCrds, KINDS, makeNamespace, openCluster, removeNamespace } from './cluster.ts'

const SAMPLES = 'config/samples'
const cluster = openCluster()
let namespace = ''

test.before(async () => {
  await installCrds(cluster)
  namespace = await makeNamespace(cluster, 'samples')
  // the account of the DApp, which pods must have when they are made
  await cluster.client.create(KINDS.serviceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'dapp', namespace } })
})
test.after.always(() => removeNamespace(cluster, namespace))

/** Kustomize's list is no resource, values are for helm. */
const samples = readdirSync(SAMPLES).filter((file) => !/^kustomization|values\.yaml$/.test(file))

/** A folder is built by kustomize. */
const manifestOf = async (sample: string): Promise<string> =>
  sample.endsWith('.yaml')
    ? readFileSync(join(SAMPLES, sample), 'utf8')
    : await kubectl(testCluster(), ['kustomize', join(SAMPLES, sample)])

test('there are samples for what people begin with', (t) => {
  for (const name of ['small', 'production', 'hdfs', 'lunar-network', 'mixed-network', 'dapp'])
    t.true(samples.includes(`${name}.yaml`), name)
  t.true(samples.includes('document-vault'))
})

for (const sample of samples)
  test(`${sample} passes a strict dry run`, async (t) => {
    const manifest = await manifestOf(sample)
    const count = manifest.split(/^---$/m).length
    const args = ['apply', '-n', namespace, '--dry-run=server', '--validate=strict', '--warnings-as-errors', '-f', '-']
    const said = await kubectl(testCluster(), args, { input: manifest })
    t.is(said.match(/\(server dry run\)/g)?.length, count, said)
  })

test('a Deployment whose pods would not be restricted is an error, of which the server only warns', async (t) => {
  const args = ['create', 'deployment', 'plain', '--image=none', '-n', namespace, '--dry-run=server', '--warnings-as-errors']
  const error = await t.throwsAsync(kubectl(testCluster(), args), { instanceOf: ToolError })
  t.regex(error?.stderr ?? '', /would violate PodSecurity/)
})
