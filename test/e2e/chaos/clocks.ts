/**
 * Pods whose clock jumps: libfaketime is loaded into them, and reads what it adds to the time from a file on their volume. A policy of the
 * API server puts it into the pods as they are made; nothing of ours knows of it.
 *
 * Only what time it is jumps. How fast it goes by does not, as on machines.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { kubectl, objects, until, type Cluster } from '../../../hack/cluster/cluster.ts'
import { fakeTimeLibrary } from '../../../hack/servers/libfaketime.ts'
import { NAMESPACE } from '../network.ts'

const NAME = 'lunarx-clocks'
const FOLDER = '/clocks'
const LIBRARY = 'libfaketime.so'
const OFFSET_FILE = '/data/clock-offset'
/** The policy of the API server works a moment after it was made. */
const POLICY_MS = 120_000

const ENV = {
  LD_PRELOAD: `${FOLDER}/${LIBRARY}`,
  FAKETIME_TIMESTAMP_FILE: OFFSET_FILE,
  FAKETIME_CACHE_DURATION: '1',
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
  NO_FAKE_STAT: '1',
}

const envInCel = Object.entries(ENV)
  .map(([name, value]) => `Object.spec.containers.env{name: '${name}', value: '${value}'}`)
  .join(', ')

const EXPRESSION = `Object{spec: Object.spec{
  containers: [Object.spec.containers{
    name: object.spec.containers[0].name,
    env: [${envInCel}],
    volumeMounts: [Object.spec.containers.volumeMounts{name: '${NAME}', mountPath: '${FOLDER}', readOnly: true}]
  }],
  volumes: [Object.spec.volumes{name: '${NAME}', configMap: Object.spec.volumes.configMap{name: '${NAME}'}}]
}}`

const GROUP = 'admissionregistration.k8s.io/v1'

const manifest = (pods: readonly string[], library: Buffer): readonly object[] => [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: NAME, namespace: NAMESPACE },
    binaryData: { [LIBRARY]: library.toString('base64') },
  },
  {
    apiVersion: GROUP,
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: NAME },
    spec: {
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }] },
      matchConditions: [
        { name: 'named', expression: `request.namespace == '${NAMESPACE}' && object.metadata.name in ${JSON.stringify(pods)}` },
      ],
      mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: EXPRESSION } }],
    },
  },
  { apiVersion: GROUP, kind: 'MutatingAdmissionPolicyBinding', metadata: { name: NAME }, spec: { policyName: NAME } },
]

interface PodWithEnv {
  readonly spec: { readonly containers: readonly { readonly env?: readonly { readonly name: string }[] }[] }
}

const isPrepared = ({ spec }: PodWithEnv): boolean =>
  spec.containers.some(({ env = [] }) => env.some(({ name }) => name === 'FAKETIME_TIMESTAMP_FILE'))

const inPod = (cluster: Cluster, pod: string, script: string): Promise<string> =>
  kubectl(cluster, ['exec', '-n', NAMESPACE, pod, '--', 'sh', '-ec', script])

/** The pod is made anew, as often as it takes until it is as wanted, and is ready. */
async function remake(cluster: Cluster, pod: string, isWanted: (pod: PodWithEnv) => boolean): Promise<void> {
  await until(`${pod} with the clock that it is to have`, POLICY_MS, async () => {
    const [live] = await objects<PodWithEnv>(cluster, ['-n', NAMESPACE, 'pod', pod])
    if (live !== undefined && isWanted(live)) return true
    await kubectl(cluster, ['delete', '-n', NAMESPACE, 'pod', pod, '--ignore-not-found'])
    return undefined
  })
  await kubectl(cluster, ['wait', '-n', NAMESPACE, `pod/${pod}`, '--for=condition=Ready', '--timeout=170s'])
}

/** These pods, and they alone, can be given another time, until it is disposed of. */
export async function prepareClocks(cluster: Cluster, pods: readonly string[]): Promise<AsyncDisposable> {
  const input = manifest(pods, readFileSync(await fakeTimeLibrary()))
    .map((object) => JSON.stringify(object))
    .join('\n---\n')
  await using undoing = new AsyncDisposableStack()
  undoing.defer(() => kubectl(cluster, ['delete', '-n', NAMESPACE, 'configmap', NAME, '--ignore-not-found']).then(() => undefined))
  const remakeAll = async (isWanted: (pod: PodWithEnv) => boolean): Promise<void> =>
    void (await Promise.all(pods.map((pod) => remake(cluster, pod, isWanted))))
  undoing.defer(() => remakeAll((one) => !isPrepared(one)))
  for (const kind of ['mutatingadmissionpolicy', 'mutatingadmissionpolicybinding'])
    undoing.defer(() => kubectl(cluster, ['delete', kind, NAME, '--ignore-not-found']).then(() => undefined))
  await kubectl(cluster, ['apply', '--server-side', '-f', '-'], { input })
  await remakeAll(isPrepared)
  return undoing.move()
}

/** How far the clock of the pod is from ours, in seconds. */
export const clockOffset = async (cluster: Cluster, pod: string): Promise<number> =>
  Math.round((Number(await inPod(cluster, pod, 'node -p "Date.now()"')) - Date.now()) / 1000)

/** From the next second on. @param seconds added to the time; 0: the right time */
export async function setClock(cluster: Cluster, pod: string, seconds: number): Promise<void> {
  const offset = `${seconds < 0 ? '' : '+'}${seconds}`
  await inPod(cluster, pod, `echo '${offset}' > ${OFFSET_FILE}.new; mv ${OFFSET_FILE}.new ${OFFSET_FILE}`)
}
