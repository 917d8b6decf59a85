/**
 * A real OpenTelemetry collector in a pod of the lab, in a namespace of its own. Its program is this machine's, mounted from the node.
 *
 * @module
 */
import { kubectl, type Cluster } from '../../hack/cluster/cluster.ts'
import { collectorConfig, collectorProgram, spansOf, type Collector } from '../../hack/servers/otel-collector.ts'

const PORT = 4318
const NAME = 'collector'
const FOLDER = '/etc/otelcol'

/** What a LunarNetwork that sends its traces there has as `spec.tracing`. @param namespace of the collector */
export const tracingTo = (namespace: string) => ({ endpoint: `http://${NAME}.${namespace}:${PORT}`, namespace })

const manifest = (cluster: Cluster, namespace: string, program: string): readonly object[] => [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: NAME, namespace },
    data: { 'collector.yaml': collectorConfig(`0.0.0.0:${PORT}`) },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: NAME, namespace },
    spec: { selector: { app: NAME }, ports: [{ name: 'otlp', port: PORT }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: NAME, namespace, labels: { app: NAME } },
    spec: {
      terminationGracePeriodSeconds: 5,
      containers: [
        {
          name: NAME,
          image: cluster.images.node,
          imagePullPolicy: 'IfNotPresent',
          command: ['/host/otelcol', '--config', `${FOLDER}/collector.yaml`],
          readinessProbe: { tcpSocket: { port: PORT }, periodSeconds: 1 },
          volumeMounts: [
            { name: 'config', mountPath: FOLDER },
            { name: 'program', mountPath: '/host/otelcol' },
          ],
        },
      ],
      volumes: [
        { name: 'config', configMap: { name: NAME } },
        { name: 'program', hostPath: { path: program, type: 'File' } },
      ],
    },
  },
]

/** @param namespace that is made for it */
export async function startCollectorPod(cluster: Cluster, namespace: string): Promise<Pick<Collector, 'endpoint' | 'spans'>> {
  const input = manifest(cluster, namespace, await collectorProgram())
    .map((object) => JSON.stringify(object))
    .join('\n---\n')
  await kubectl(cluster, ['apply', '-f', '-'], { input })
  await kubectl(cluster, ['wait', '-n', namespace, `pod/${NAME}`, '--for=condition=Ready', '--timeout=60s'])
  return {
    endpoint: tracingTo(namespace).endpoint,
    spans: async () => spansOf(await kubectl(cluster, ['logs', '-n', namespace, `pod/${NAME}`])),
  }
}
