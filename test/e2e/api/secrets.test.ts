/**
 * Nothing secret leaves the Secrets: whatever goes well or wrong, it is not in a status, an event, a child, a log line or a metric.
 *
 * @module
 */
import { LUNAR_KINDS, networkId } from '@lunarx/operator/controllers'
import { askCluster, askNamespace, authenticate, issuerCertificate } from '@lunarx/operator/enrolment'
import type { KubeObject } from '@lunarx/operator/kube'
import { pinoLog } from '@lunarx/runtime/log'
import test from 'ava'
import { formsOf } from '../secrets.ts'
import { conditionOf, installCrds, KINDS, makeNamespace, openCluster, removeNamespace, until, type Conditioned } from './cluster.ts'
import { OURS, startOperator } from './operator.ts'
import { ScriptedFleet } from './scripted-fleet.ts'
import { tokenOf } from './token.ts'

const S3_KEYS = { accessKey: 'AKIAPLANTED0000000001', secretKey: 'planted-secret-key-of-the-bucket' }

test('keys, tokens and credentials are in no status, event, child, log line or metric', async (t) => {
  const lines: string[] = []
  const opened = openCluster()
  const deps = { ...opened.deps, log: pinoLog({ level: 'debug', stream: { write: (line) => void lines.push(line) } }) }
  const cluster = { ...opened, deps }
  const { client } = cluster
  await installCrds(cluster)
  const namespace = await makeNamespace(cluster, 'secrets')
  const operator = await startOperator(cluster, namespace, new ScriptedFleet('pool', 3).reach)
  t.teardown(async () => {
    await operator.stop()
    await removeNamespace(cluster, namespace)
  })
  const lunar = (kind: string, name: string, spec: unknown): KubeObject => ({
    apiVersion: 'lunarx.dev/v1alpha1',
    kind,
    metadata: { name, namespace, annotations: OURS },
    spec,
  })
  const reason = (name: string, type: string, wanted: string) =>
    until(`${type} ${wanted}`, async () => {
      const network = await client.get<Conditioned>(LUNAR_KINDS.network, { namespace, name })
      return conditionOf(network, type)?.reason === wanted ? true : undefined
    })
  await client.create(KINDS.secret, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's3-keys', namespace },
    stringData: S3_KEYS,
  } as KubeObject)
  await client.create(KINDS.serviceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'dapp', namespace } })
  const classes = [{ name: 'standard', required: 2, parity: 1 }]
  await client.create(
    LUNAR_KINDS.network,
    lunar('LunarNetwork', 'lunar', { classes, defaultClass: 'standard', clients: [{ serviceAccount: 'dapp' }] }),
  )
  await client.create(LUNAR_KINDS.tracker, lunar('Tracker', 'tracker', { network: 'lunar' }))
  await client.create(LUNAR_KINDS.provider, lunar('Provider', 'pool', { network: 'lunar', volume: { size: '64Mi' } }))
  const s3 = { endpoint: 'http://127.0.0.1:1', bucket: 'shards', credentialsSecret: { name: 's3-keys' } }
  await client.create(
    LUNAR_KINDS.provider,
    lunar('Provider', 'bucket', { network: 'lunar', capacity: '1Gi', volume: { size: '64Mi' }, backend: { s3 } }),
  )
  await reason('lunar', 'Ready', 'Serving')

  const tls = await issuerCertificate(client, { namespace, service: 'lunarx-operator' }, deps.clock, deps.random)
  const network = networkId(namespace, 'lunar')
  const good = await tokenOf(cluster, { namespace, account: 'dapp', audience: 'lunarx.dev/lunar' })
  const wrong = await tokenOf(cluster, { namespace, account: 'default', audience: 'lunarx.dev/lunar' })
  const answers: unknown[] = []
  for (const inquiry of [askCluster(client), askNamespace(client, deps.clock)])
    for (const token of [good, wrong, `${good}x`])
      answers.push(await authenticate({ client, inquiry, crypto: deps.crypto }, { network, peer: 'any', token }))

  const key = await client.get<KubeObject & { readonly data: { readonly seed: string } }>(KINDS.secret, { namespace, name: 'lunar-key' })
  await client.remove(KINDS.secret, { namespace, name: 'lunar-key' })
  await reason('lunar', 'Ready', 'KeyMissing')

  const kinds = [
    ...Object.values(LUNAR_KINDS),
    KINDS.event,
    KINDS.configMap,
    KINDS.statefulSet,
    KINDS.service,
    KINDS.networkPolicy,
    KINDS.pod,
  ]
  const shown = await Promise.all(
    kinds.map(async (kind) => [kind.plural, JSON.stringify((await client.list(kind, { namespace })).items)] as const),
  )
  const places = [
    ...shown,
    ['log', lines.join('')] as const,
    ['metrics', await deps.metrics.text()] as const,
    ['refusals', JSON.stringify(answers)] as const,
  ]
  t.true(lines.length > 5 && shown.every(([, text]) => text.length > 2))

  const seed = Buffer.from(key?.data.seed ?? '', 'base64')
  t.true(seed.length >= 32)
  const secrets: Readonly<Record<string, readonly string[]>> = {
    'key of the network': formsOf(seed),
    'key of the network, as text': formsOf(seed.toString('utf8')).slice(1),
    'key of the issuer': formsOf(tls.key.replaceAll(/-----[A-Z ]+-----|\n/g, '')).slice(0, 1),
    'key of the bucket': formsOf(S3_KEYS.secretKey),
    token: [good.split('.')[2] ?? '', wrong.split('.')[2] ?? ''],
  }
  for (const [secret, forms] of Object.entries(secrets))
    for (const form of forms) {
      t.true(form.length >= 20, secret)
      for (const [place, text] of places) t.false(text.includes(form), `${secret} in ${place}`)
    }
  t.true(
    formsOf(S3_KEYS.secretKey).some((form) => JSON.stringify(S3_KEYS).includes(form)),
    'what is looked for would be found',
  )
})
