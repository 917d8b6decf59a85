/**
 * How many pods of a network were away at a time, by looks at the API server every two seconds.
 *
 * @module
 */
import { objects, type Cluster } from '../../hack/cluster/cluster.ts'
import { often } from './often.ts'

const LOOK_MS = 2_000

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string }
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

export interface Away {
  readonly looks: number
  /** Names of the most that were gone, leaving or not ready in one look. */
  readonly most: readonly string[]
}

export interface PodWatch extends AsyncDisposable {
  /** Ends the watch, too. */
  away(): Promise<Away>
}

const isThere = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp === undefined &&
  (status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false)

const podsOf = (cluster: Cluster, namespace: string): Promise<Pod[]> =>
  objects<Pod>(cluster, ['-n', namespace, 'pods', '-l', 'app.kubernetes.io/component in (tracker,provider)'])

/** Which of these trackers and providers are gone, leaving or not ready in one look. */
export async function podsAway(cluster: Cluster, namespace: string, names: readonly string[]): Promise<string[]> {
  const there = new Set((await podsOf(cluster, namespace)).filter(isThere).map(({ metadata: { name } }) => name))
  return names.filter((name) => !there.has(name))
}

/** Of the trackers and providers that there are now. */
export async function watchPods(cluster: Cluster, namespace: string): Promise<PodWatch> {
  const names = (await podsOf(cluster, namespace)).map(({ metadata: { name } }) => name)
  let [looks, most]: [number, string[]] = [0, []]
  const looking = often(LOOK_MS, async () => {
    const away = await podsAway(cluster, namespace, names)
    looks++
    if (away.length > most.length) most = away
  })
  return {
    async away() {
      await looking.end()
      return { looks, most }
    },
    [Symbol.asyncDispose]: looking.end,
  }
}
