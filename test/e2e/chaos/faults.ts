/**
 * What is done to a network while it is used. Each fault is over when it resolves: what was cut is mended, what was killed may start again.
 *
 * @module
 */
import { kubectl, until, type Cluster } from '../../../hack/cluster/cluster.ts'
import { destroyProvider, providerPods, SYSTEM } from '../../../hack/cluster/network.ts'
import type { SeededRandom } from '@lunarx/runtime/random'
import { NAMESPACE, SIZED_POOL } from '../network.ts'
import { killApiServer, lab, nodesOfProviders, startApiServer } from '../nodes.ts'
import { clockOffset, setClock } from './clocks.ts'

interface Stage {
  readonly cluster: Cluster
  readonly random: SeededRandom
}

export interface Fault {
  readonly name: string
  /** It is done to nodes, which only the lab lends, or needs a program of this machine in a pod. */
  readonly needsLab: boolean
  /** Bytes are lost by it: what was lost before must have been made again. */
  readonly destroys: boolean
  play(stage: Stage): Promise<void>
}

/** How long a fault that is mended lasts: longer than it takes to be suspect, at times. Milliseconds. */
const hold = ({ random }: Stage): Promise<void> => new Promise((resolve) => setTimeout(resolve, random.between(3_000, 25_000)))

const killPods = (cluster: Cluster, namespace: string, ...names: readonly string[]): Promise<string> =>
  kubectl(cluster, ['delete', '-n', namespace, 'pod', ...names, '--ignore-not-found', '--force', '--grace-period=0'])

const pickProvider = async ({ cluster, random }: Stage): Promise<string> =>
  random.pick((await providerPods(cluster, NAMESPACE)).map(({ metadata: { name } }) => name).sort())

const pickNode = async ({ cluster, random }: Stage): Promise<string> => random.pick(await nodesOfProviders(cluster, { operator: false }))

const untilReady = (cluster: Cluster, node: string): Promise<string> =>
  until(`node ${node} is ready`, 180_000, () => kubectl(cluster, ['wait', `node/${node}`, '--for=condition=Ready', '--timeout=20s']))

async function withoutApiServer(stage: Stage): Promise<void> {
  const { cluster } = stage
  await killApiServer(cluster)
  await hold(stage)
  await startApiServer(cluster)
}

async function withNode(stage: Stage, begin: 'crash' | 'cut', end: 'boot' | 'mend'): Promise<void> {
  const node = await pickNode(stage)
  await lab(stage.cluster, 'node', begin, node)
  await hold(stage)
  await lab(stage.cluster, 'node', end, node)
  await untilReady(stage.cluster, node)
}

async function partition(stage: Stage): Promise<void> {
  const { cluster, random } = stage
  const nodes = ['n1', 'n2', 'n3', 'n4']
  const one = random.pick(nodes)
  const other = random.pick(nodes.filter((node) => node !== one))
  await lab(cluster, 'partition', one, other)
  await hold(stage)
  await lab(cluster, 'heal')
}

/** Whose clock can be set, once they are prepared for it. */
export const PODS_WITH_CLOCK = ['pool-a-1', 'tracker-1']
/** Longer than credentials and leases of new sets last. */
const FARTHEST_SECONDS = 3 * 86_400
const CLOCK_SET_MS = 180_000
/** Asking takes as long at most. */
const CLOCK_ASKED_SECONDS = 50

async function jumpClock(stage: Stage): Promise<void> {
  const { cluster, random } = stage
  const pod = random.pick(PODS_WITH_CLOCK)
  const seconds = random.pick([-1, 1]) * Math.round(random.between(120, FARTHEST_SECONDS))
  // it may just be starting
  const set = (to: number): Promise<boolean> =>
    until(`the clock of ${pod} to be ${to} s off`, CLOCK_SET_MS, async () => {
      await setClock(cluster, pod, to)
      return Math.abs((await clockOffset(cluster, pod)) - to) < CLOCK_ASKED_SECONDS ? true : undefined
    })
  await set(seconds)
  await hold(stage)
  await set(0)
}

/** Larger than a volume of the sample: the disk of the node itself is not to be filled. Bytes. */
const VOLUME_BYTES_AT_MOST = 3 * 2 ** 30
const FILLED_MS = 120_000

/** By a file of which nothing of ours knows, until there is no byte left. */
async function fillVolume(stage: Stage): Promise<void> {
  const { cluster, random } = stage
  const names = (await providerPods(cluster, NAMESPACE)).map(({ metadata: { name } }) => name).filter((name) => name.startsWith(SIZED_POOL))
  const pod = random.pick(names.sort())
  // it may just be starting
  const inPod = (what: string, script: string): Promise<string> =>
    until(`${what} ${pod}`, FILLED_MS, () => kubectl(cluster, ['exec', '-n', NAMESPACE, pod, '--', 'sh', '-ec', script]))
  const isSized = `test $(($(stat -fc '%b * %S' /data))) -lt ${VOLUME_BYTES_AT_MOST}`
  await inPod('a full volume of', `${isSized}; head -c 10G /dev/zero 2>&1 > /data/filler || true; test $(stat -fc %a /data) -lt 256`)
  await hold(stage)
  await inPod('room again for', 'rm -f /data/filler')
}

const TRACKERS = ['tracker-0', 'tracker-1', 'tracker-2']
const mended = { needsLab: false, destroys: false }
const ofNodes = { needsLab: true, destroys: false }

export const FAULTS: readonly Fault[] = [
  {
    name: 'a provider is killed',
    ...mended,
    play: async (stage) => void (await killPods(stage.cluster, NAMESPACE, await pickProvider(stage))),
  },
  {
    name: 'a tracker is killed',
    ...mended,
    play: async ({ cluster, random }) => void (await killPods(cluster, NAMESPACE, random.pick(TRACKERS))),
  },
  { name: 'all trackers are killed', ...mended, play: async ({ cluster }) => void (await killPods(cluster, NAMESPACE, ...TRACKERS)) },
  {
    name: 'the operator is killed',
    ...mended,
    play: async ({ cluster }) =>
      void (await kubectl(cluster, [
        'delete',
        '-n',
        SYSTEM,
        'pod',
        '-l',
        'app.kubernetes.io/name=lunarx-operator',
        '--force',
        '--grace-period=0',
      ])),
  },
  {
    name: 'a provider loses its volume',
    needsLab: false,
    destroys: true,
    play: async (stage) => destroyProvider(stage.cluster, NAMESPACE, await pickProvider(stage)),
  },
  { name: 'a node has no power', ...ofNodes, play: (stage) => withNode(stage, 'crash', 'boot') },
  { name: 'a node has no network', ...ofNodes, play: (stage) => withNode(stage, 'cut', 'mend') },
  { name: 'two nodes do not reach each other', ...ofNodes, play: partition },
  { name: 'the API server is killed', ...ofNodes, play: withoutApiServer },
  { name: 'the volume of a provider is full', ...ofNodes, play: fillVolume },
  { name: 'the clock of a provider or tracker jumps, by up to three days, and back', ...ofNodes, play: jumpClock },
]

/** Each once in an order by chance, then again in another, so that a short run has met as many as it can. */
export function* inRounds<T>(all: readonly T[], random: SeededRandom): Generator<T, never> {
  for (;;) {
    const left = [...all]
    while (left.length > 0) yield* left.splice(random.below(left.length), 1)
  }
}
