/**
 * The sample network on a cluster, step by step: what the demo shows and the end-to-end tests check.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { helm, kubectl, objects, tool, until, type Cluster, type Images } from './cluster.ts'

export const SYSTEM = 'lunarx-system'
export const NETWORK = 'lunar'
/** Whose pods may read metrics. */
export const MONITORING = 'monitoring'
export const DAPP = 'dapp'

export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  readonly observedGeneration?: number
}

export interface NetworkStatus {
  readonly metadata: { readonly generation: number; readonly resourceVersion: string }
  readonly status?: {
    readonly observedGeneration?: number
    readonly conditions?: readonly Condition[]
    readonly epoch?: number
    readonly sets?: { readonly total?: number; readonly degraded?: number; readonly byMargin?: Readonly<Record<string, number>> }
    readonly repair?: {
      readonly rebuiltPerSecond?: string
      readonly estimatedNines?: number
      readonly errorBudget?: { readonly totalSeconds?: number; readonly leftPercent?: number }
    }
  }
}

/** What the operator is installed from. */
export interface Release {
  readonly images: Images
  /** Folder of the chart. */
  readonly chart: string
}

/** Installs (or upgrades, or downgrades) the operator by its chart and waits until it runs. Default: this tree's. @param more values */
export async function installOperator(
  cluster: Cluster,
  { images, chart }: Release = thisTree(cluster),
  more: readonly string[] = [],
): Promise<void> {
  const values = [
    `image=${images.operator}`,
    `nodeImage=${images.node}`,
    'imagePullPolicy=IfNotPresent',
    `monitoring.namespace=${MONITORING}`,
    ...more,
  ]
  const set = values.flatMap((value) => ['--set', value])
  await makeRestricted(cluster, SYSTEM)
  await helm(cluster, [
    'upgrade',
    '--install',
    'lunarx',
    chart,
    '-n',
    SYSTEM,
    // CRDs that were applied by hand before, as some tests do
    '--take-ownership',
    ...set,
    '--wait',
    '--timeout',
    '3m',
  ])
}

export const thisTree = ({ images }: Cluster): Release => ({ images, chart: 'charts/lunarx-operator' })

export const SAMPLE = 'config/samples/lunar-network.yaml'

const ENFORCE = 'pod-security.kubernetes.io/enforce'

/** @throws {ToolError} a pod that runs there already is not `restricted`: the API server only warns of those. The label is set all the same */
export const restrictPods = (cluster: Cluster, namespace: string): Promise<string> =>
  kubectl(cluster, ['label', '--warnings-as-errors', 'namespace', namespace, `${ENFORCE}=restricted`, '--overwrite'])

/** Any pod may be made there, until it is restricted again. */
export const freePods = (cluster: Cluster, namespace: string): Promise<string> =>
  kubectl(cluster, ['label', 'namespace', namespace, `${ENFORCE}=privileged`, '--overwrite'])

/** A namespace, made or found, in which pods must be `restricted`. */
async function makeRestricted(cluster: Cluster, namespace: string): Promise<void> {
  await kubectl(cluster, ['create', 'namespace', namespace]).catch((error: unknown) => {
    if (!String(error).includes('AlreadyExists')) throw error
  })
  await restrictPods(cluster, namespace)
}

/** Applies the sample network to a namespace of its own. */
export async function applySample(cluster: Cluster, namespace: string, manifest = readFileSync(SAMPLE, 'utf8')): Promise<void> {
  await makeRestricted(cluster, namespace)
  await kubectl(cluster, ['apply', '-n', namespace, '-f', '-'], { input: manifest })
}

const WARNINGS_SHOWN = 20

/** What somebody who was there would look at first: conditions, pods, the newest warnings. */
async function describeNetwork(cluster: Cluster, namespace: string): Promise<string> {
  const ask = async (...args: string[]): Promise<string> =>
    kubectl(cluster, [...args, '-n', namespace], { timeoutMs: 30_000 }).catch((error: unknown) => String(error))
  const conditions = '{range .status.conditions[*]}{.type}={.status} {.reason}: {.message}{"\\n"}{end}'
  const [network, pods, events] = await Promise.all([
    ask('get', `lnet/${NETWORK}`, '-o', `jsonpath=${conditions}`),
    ask('get', 'pods', '-o', 'wide'),
    ask('get', 'events', '--field-selector=type=Warning', '--sort-by=.metadata.creationTimestamp'),
  ])
  return [network, pods, events.split('\n').slice(-WARNINGS_SHOWN).join('\n')].join('\n')
}

/** @throws {Error} The limit is over; the message says how the network is. */
export async function waitFor(cluster: Cluster, namespace: string, condition: string, limitSeconds: number): Promise<void> {
  const args = ['wait', '-n', namespace, `lnet/${NETWORK}`, `--for=condition=${condition}`, `--timeout=${limitSeconds}s`]
  try {
    await kubectl(cluster, args, { timeoutMs: (limitSeconds + 10) * 1000 })
  } catch (cause) {
    throw new Error(`${String(cause)}\n${await describeNetwork(cluster, namespace)}`, { cause })
  }
}

export async function readNetwork(cluster: Cluster, namespace: string): Promise<NetworkStatus> {
  const [network] = await objects<NetworkStatus>(cluster, ['-n', namespace, 'lnet', NETWORK])
  if (!network) throw new Error(`no LunarNetwork ${NETWORK}`)
  return network
}

export const conditionOf = (network: NetworkStatus, type: string): Condition | undefined =>
  network.status?.conditions?.find((c) => c.type === type)

export interface DappOptions {
  /** Default: {@link DAPP} */
  readonly pod?: string
  /** Default: the cluster's image of this tree */
  readonly image?: string
}

/** Starts the sample DApp pod. Its owner secret is made here, by `lunarx key new`, and put into a Secret of the DApp's own. */
export async function startDapp(cluster: Cluster, namespace: string, { pod = DAPP, image }: DappOptions = {}): Promise<void> {
  const exists = await kubectl(cluster, ['get', '-n', namespace, 'secret', 'dapp-owner', '--ignore-not-found', '-o', 'name'])
  if (exists.trim() === '') await makeOwner(cluster, namespace)
  const manifest = readFileSync('config/samples/dapp.yaml', 'utf8')
    .replace(/image: \S*lunarx-node\S*/, `image: ${image ?? cluster.images.node}`)
    .replace('\n  name: dapp\n', `\n  name: ${pod}\n`)
  await kubectl(cluster, ['apply', '-n', namespace, '-f', '-'], { input: manifest })
  await kubectl(cluster, ['wait', '-n', namespace, `pod/${pod}`, '--for=condition=Ready', '--timeout=120s'])
}

async function makeOwner(cluster: Cluster, namespace: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lunarx-owner-'))
  try {
    const file = join(folder, 'owner')
    await tool(process.execPath, ['--conditions=source', 'node/cli/main.ts', 'key', 'new'], { ...process.env, LUNARX_OWNER_FILE: file })
    await kubectl(cluster, ['create', 'secret', 'generic', 'dapp-owner', '-n', namespace, `--from-file=owner=${file}`])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Runs a shell script inside the DApp pod. */
export const inDapp = (cluster: Cluster, namespace: string, script: string, timeoutMs = 300_000): Promise<string> =>
  kubectl(cluster, ['exec', '-n', namespace, DAPP, '--', 'sh', '-ec', script], { timeoutMs })

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string }
  readonly spec: { readonly nodeName?: string }
  readonly status: { readonly phase: string; readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

export const providerPods = (cluster: Cluster, namespace: string): Promise<Pod[]> =>
  objects<Pod>(cluster, ['-n', namespace, 'pods', '-l', 'app.kubernetes.io/component=provider'])

/**
 * Name of the shard file → its SHA-256, as it lies on the volume of this pod, in hex. The file is the shard, then its leaf hashes and
 * the signed record of its set: the same shard makes the same file everywhere.
 */
export async function hashShards(cluster: Cluster, namespace: string, pod: string): Promise<Map<string, string>> {
  // what is removed meanwhile is no shard any more
  const hash = 'for file; do sha256sum "$file" || [ ! -e "$file" ]; done'
  const look = `find /data/files/shards -type f -exec sh -ec '${hash}' sh {} +`
  const found = await kubectl(cluster, ['exec', '-n', namespace, pod, '--', 'sh', '-c', look])
  const lines = found.split('\n').filter(Boolean)
  return new Map(lines.map((line) => [line.slice(line.lastIndexOf('/') + 1), line.slice(0, 64)]))
}

/** A provider pod and its volume are gone for good; returns when the claim is a new one. */
export async function destroyProvider(cluster: Cluster, namespace: string, pod: string): Promise<void> {
  const claim = `data-${pod}`
  const uid = async (): Promise<string | undefined> =>
    (await objects<{ metadata: { uid: string } }>(cluster, ['-n', namespace, 'pvc', claim]))[0]?.metadata.uid
  const before = await uid()
  await kubectl(cluster, ['delete', '-n', namespace, 'pvc', claim, '--wait=false'])
  await kubectl(cluster, ['delete', '-n', namespace, 'pod', pod, '--ignore-not-found', '--force', '--grace-period=0'])
  await until(`a new volume for ${pod}`, 120_000, async () => {
    const now = await uid()
    return now !== undefined && now !== before ? now : undefined
  })
}

/** What a client sees of sets, live from the trackers. */
export interface LiveSets {
  /** Margin → sets; `lost` for fewer than k shards. */
  readonly margin: Readonly<Record<string, number>>
  readonly degraded: number
  /** Since the trackers started. */
  readonly repairedShards: number
}

export interface LiveProvider {
  readonly peer: string
  /** Of its pod. A pod whose volume was lost has been several peers. */
  readonly name: string
  readonly state: 'alive' | 'suspect' | 'lost'
  readonly declaredLost: boolean
}

export interface LiveStatus {
  readonly providers: readonly LiveProvider[]
  readonly sets: LiveSets
}

export const liveStatus = async (cluster: Cluster, namespace: string): Promise<LiveStatus> =>
  JSON.parse(await inDapp(cluster, namespace, 'lunarx status --json', 30_000)) as LiveStatus

export const liveSets = async (cluster: Cluster, namespace: string): Promise<LiveSets> => (await liveStatus(cluster, namespace)).sets
