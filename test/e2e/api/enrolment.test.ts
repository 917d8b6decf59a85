/**
 * The issuer against a real API server: real tokens of real pods, over real HTTPS.
 *
 * @module
 */
import { readDocument } from '@lunarx/core/document'
import { CREDENTIAL, STORE_KEY } from '@lunarx/core/membership'
import { hasCode } from '@lunarx/core/model'
import { identityOf } from '@lunarx/net/identity'
import { enrol } from '@lunarx/net/issuer'
import { makeServerCertificate } from '@lunarx/net/tls'
import { LUNAR_KINDS } from '@lunarx/operator/controllers'
import { askCluster, askNamespace, issuerCertificate, serveCredentials } from '@lunarx/operator/enrolment'
import type { KubeObject } from '@lunarx/operator/kube'
import test from 'ava'
import { installCrds, KINDS, makeNamespace, openCluster, removeNamespace, until } from './cluster.ts'
import { OURS, startOperator } from './operator.ts'
import { tokenOf as askForToken } from './token.ts'

const cluster = openCluster()
const { client, deps } = cluster
let namespace = ''
let ask: (token: string, rights?: Rights) => ReturnType<typeof enrol>
/** What the operator was given: cluster roles, or Roles in one namespace. */
type Rights = 'cluster' | 'namespace'
const cleanings: (() => Promise<unknown>)[] = []

const tokenOf = (account: string, audience: string, pod?: KubeObject) => askForToken(cluster, { namespace, account, audience, pod })

interface ScheduledPod extends KubeObject {
  readonly spec: { readonly nodeName?: string }
}
const scheduled = (name: string) =>
  until(`${name} has a node`, async () => {
    const pod = await client.get<ScheduledPod>(KINDS.pod, { namespace, name })
    return pod?.spec.nodeName === undefined ? undefined : pod
  })

test.before(async () => {
  await installCrds(cluster)
  namespace = await makeNamespace(cluster, 'enrol')
  const operator = await startOperator(cluster, namespace)
  const lunar = (kind: string, name: string, spec: unknown): KubeObject => ({
    apiVersion: 'lunarx.dev/v1alpha1',
    kind,
    metadata: { name, namespace, annotations: OURS },
    spec,
  })
  const spec = { classes: [{ name: 'standard', required: 2, parity: 1 }], defaultClass: 'standard', clients: [{ serviceAccount: 'dapp' }] }
  await client.create(LUNAR_KINDS.network, lunar('LunarNetwork', 'lunar', spec))
  await client.create(LUNAR_KINDS.tracker, lunar('Tracker', 'tracker', { network: 'lunar', replicas: 1 }))
  await client.create(LUNAR_KINDS.provider, lunar('Provider', 'pool', { network: 'lunar', replicas: 1, volume: { size: '64Mi' } }))
  const declared = { size: '64Mi', failureDomain: 'shelf-1' }
  await client.create(LUNAR_KINDS.provider, lunar('Provider', 'shelf', { network: 'lunar', replicas: 1, volume: declared }))
  await client.create(KINDS.serviceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'dapp', namespace } })
  const tls = makeServerCertificate({ hosts: ['127.0.0.1'] }, deps.clock, deps.random)
  const inquiries = { cluster: askCluster(client), namespace: askNamespace(client, deps.clock) }
  const serve = (rights: Rights) => serveCredentials({ port: 0, tls, namespace }, { client, inquiry: inquiries[rights], ...deps })
  const issuers = { cluster: await serve('cluster'), namespace: await serve('namespace') }
  const networkKey = await until(
    'the network key',
    async () =>
      (
        await client.get<KubeObject & { readonly status?: { readonly networkKey?: string } }>(LUNAR_KINDS.network, {
          namespace,
          name: 'lunar',
        })
      )?.status?.networkKey,
  )
  const identity = identityOf(deps.random.bytes(32), deps.crypto)
  ask = (token, rights = 'cluster') =>
    enrol(
      {
        url: `https://127.0.0.1:${issuers[rights].port}`,
        ca: tls.cert,
        token: () => Promise.resolve(token),
        identity,
        network: `${namespace}/lunar`,
        networkKey,
      },
      deps,
    )
  cleanings.push(
    ...Object.values(issuers).map((issuer) => () => Promise.resolve(issuer[Symbol.asyncDispose]())),
    () => operator.stop(),
    () => removeNamespace(cluster, namespace),
  )
})
test.after.always(async () => {
  for (const clean of cleanings) await clean()
})

for (const rights of ['cluster', 'namespace'] as const) {
  for (const [name, role] of [
    ['pool', 'provider'],
    ['tracker', 'tracker'],
  ] as const) {
    test(`with rights in the ${rights}, a pod of a ${role} pool becomes a ${role}, in the domain of its node`, async (t) => {
      const pod = await scheduled(`${name}-0`)
      const node = await client.get(KINDS.node, { name: pod.spec.nodeName ?? '' })
      const token = await tokenOf(name, `lunarx.dev/${namespace}/lunar`, pod)
      const credential = readDocument(CREDENTIAL, await ask(token, rights))
      t.is(credential.role, role)
      t.is(credential.name, `${name}-0`)
      for (const label of ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'])
        t.is(credential.domains[label], node?.metadata.labels?.[label], label)
      t.false(STORE_KEY in credential.domains, 'a volume on its node fails with that')
    })
  }

  test(`with rights in the ${rights}, a pod whose pool says what its volumes fail together with has that in its credential`, async (t) => {
    const token = await tokenOf('shelf', `lunarx.dev/${namespace}/lunar`, await scheduled('shelf-0'))
    t.regex(readDocument(CREDENTIAL, await ask(token, rights)).domains[STORE_KEY] ?? '', /^[0-9a-f]{32}$/)
  })

  test(`with rights in the ${rights}, an account among the clients becomes a client`, async (t) => {
    const credential = readDocument(CREDENTIAL, await ask(await tokenOf('dapp', 'lunarx.dev/lunar'), rights))
    t.is(credential.role, 'client')
    t.deepEqual(credential.domains, {})
  })

  for (const [title, account, audience] of [
    ['another account', 'default', 'lunarx.dev/lunar'],
    ['a token for another network', 'dapp', 'lunarx.dev/sun'],
    ['a pool account without its pod', 'pool', 'lunarx.dev/lunar'],
  ] as const) {
    test(`with rights in the ${rights}, refused: ${title}`, async (t) => {
      const error = await t.throwsAsync(ask(await tokenOf(account, audience), rights))
      t.true(hasCode(error, 'ENROLMENT_REFUSED'), String(error))
    })
  }

  test(`with rights in the ${rights}, refused: an account that was made anew since`, async (t) => {
    const name = `gone-${rights}`
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } }
    await client.create(KINDS.serviceAccount, account)
    const token = await tokenOf(name, 'lunarx.dev/lunar')
    await client.remove(KINDS.serviceAccount, { namespace, name })
    await client.create(KINDS.serviceAccount, account)
    const error = await t.throwsAsync(ask(token, rights))
    t.true(hasCode(error, 'ENROLMENT_REFUSED'), String(error))
  })
}

test('refused: what is no token at all', async (t) => {
  t.true(hasCode(await t.throwsAsync(ask('not.a.token')), 'ENROLMENT_REFUSED'))
})

test('the certificate of the issuer is made once and shared', async (t) => {
  const place = { namespace, service: 'issuer-test' }
  const made = await Promise.all([1, 2, 3].map(() => issuerCertificate(client, place, deps.clock, deps.random)))
  t.is(new Set(made.map(({ cert }) => cert)).size, 1)
})
