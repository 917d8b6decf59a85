/**
 * A real Prometheus in a pod of the lab, in a namespace of its own, told of every pod of LunarX, with the scrape configuration and the
 * alerts that we ship. Its program is this machine's, mounted from the node.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { kubectl, objects, type Cluster } from '../../hack/cluster/cluster.ts'
import { MONITORING, SYSTEM } from '../../hack/cluster/network.ts'
import { ALERTS_FILE } from '../../hack/observe/alerts.ts'
import { prometheusPrograms } from '../../hack/servers/programs.ts'
import { scrapeConfig } from '../interop/scrape-config.ts'

const PORT = 9090
const FOLDER = '/etc/prometheus'

interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Readonly<Record<string, string>> }
  readonly status: { readonly podIP?: string }
}

/** As the discovery of Kubernetes describes a container's port. */
function targetOf({ metadata, status }: Pod): object {
  const labels = Object.entries(metadata.labels).map(([name, value]) => [
    `__meta_kubernetes_pod_label_${name.replaceAll(/[^a-zA-Z0-9_]/g, '_')}`,
    value,
  ])
  return {
    targets: [`${status.podIP ?? ''}:8080`],
    labels: {
      ...Object.fromEntries(labels),
      __meta_kubernetes_namespace: metadata.namespace,
      __meta_kubernetes_pod_name: metadata.name,
      __meta_kubernetes_pod_container_port_name: 'health',
    },
  }
}

const manifest = (cluster: Cluster, files: Readonly<Record<string, string>>, program: string): readonly object[] => [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: MONITORING } },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'prometheus', namespace: MONITORING }, data: files },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'prometheus', namespace: MONITORING },
    spec: {
      terminationGracePeriodSeconds: 5,
      containers: [
        {
          name: 'prometheus',
          image: cluster.images.node,
          imagePullPolicy: 'IfNotPresent',
          command: [
            '/host/prometheus',
            `--config.file=${FOLDER}/prometheus.yml`,
            '--storage.tsdb.path=/tmp/data',
            `--web.listen-address=:${PORT}`,
          ],
          readinessProbe: { httpGet: { path: '/-/ready', port: PORT }, periodSeconds: 1 },
          volumeMounts: [
            { name: 'config', mountPath: FOLDER },
            { name: 'program', mountPath: '/host/prometheus' },
            { name: 'tmp', mountPath: '/tmp' },
          ],
        },
      ],
      volumes: [
        { name: 'config', configMap: { name: 'prometheus' } },
        { name: 'program', hostPath: { path: program, type: 'File' } },
        { name: 'tmp', emptyDir: {} },
      ],
    },
  },
]

export interface Prometheus {
  /** What an instant query answers: one entry for each series. @throws {Error} what Prometheus says is wrong with it */
  query(expr: string): Promise<readonly object[]>
  /** Of the alerts: name → health, once evaluated. */
  rules(): Promise<ReadonlyMap<string, string>>
}

/** @param namespaces of networks */
export async function startPrometheus(cluster: Cluster, namespaces: readonly string[]): Promise<Prometheus> {
  const listed = [SYSTEM, ...namespaces].map((namespace) =>
    objects<Pod>(cluster, ['-n', namespace, 'pods', '-l', 'app.kubernetes.io/part-of=lunarx']),
  )
  const targets = (await Promise.all(listed)).flat().map(targetOf)
  const { prometheus } = await prometheusPrograms()
  const files = {
    'prometheus.yml': `global: { scrape_interval: 2s, evaluation_interval: 2s }\nrule_files: [${FOLDER}/alerts.yaml]\n${scrapeConfig(`${FOLDER}/targets.json`)}`,
    'targets.json': JSON.stringify(targets),
    'alerts.yaml': readFileSync(ALERTS_FILE, 'utf8'),
  }
  const input = manifest(cluster, files, prometheus)
    .map((object) => JSON.stringify(object))
    .join('\n---\n')
  await kubectl(cluster, ['apply', '-f', '-'], { input })
  await kubectl(cluster, ['wait', '-n', MONITORING, 'pod/prometheus', '--for=condition=Ready', '--timeout=60s'])
  const [{ status }] = (await objects<Pod>(cluster, ['-n', MONITORING, 'pod', 'prometheus'])) as [Pod]
  // the lab's machine reaches pods by their addresses
  const ask = async <T>(path: string): Promise<T> => {
    const response = await fetch(`http://${status.podIP ?? ''}:${PORT}/api/v1/${path}`, { signal: AbortSignal.timeout(10_000) })
    const answer = (await response.json()) as { readonly data: T; readonly error?: string }
    if (!response.ok) throw new Error(`${path}: ${answer.error ?? response.status}`)
    return answer.data
  }
  return {
    query: async (expr) => (await ask<{ readonly result: readonly object[] }>(`query?query=${encodeURIComponent(expr)}`)).result,
    rules: async () => {
      interface Rule {
        readonly name: string
        readonly health: string
      }
      const { groups } = await ask<{ readonly groups: readonly { readonly rules: readonly Rule[] }[] }>('rules')
      return new Map(groups.flatMap(({ rules }) => rules.map(({ name, health }) => [name, health] as const)))
    },
  }
}
