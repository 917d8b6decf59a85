/**
 * How many pods of a network were away at a time, by looks at the API server every two seconds.
 *
 * @module
 */
import { setTimeout as pause } from 'node:timers/promises'
import { objects, type Cluster } from '../../hack/cluster/cluster.ts'

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

/** Of the trackers and providers that there are now. */
export async function watchPods(cluster: Cluster, namespace: string): Promise<PodWatch> {
  const pods = (): Promise<Pod[]> =>
    objects<Pod>(cluster, ['-n', namespace, 'pods', '-l', 'app.kubernetes.io/component in (tracker,provider)'])
  const names = (await pods()).map(({ metadata: { name } }) => name)
  const stop = new AbortController()
  let [looks, most]: [number, string[]] = [0, []]
  const watch = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const now = await pods().catch(() => undefined) // the API server may be away itself
      const there = new Set(now?.filter(isThere).map(({ metadata: { name } }) => name))
      const away = now ? names.filter((name) => !there.has(name)) : []
      if (now) looks++
      if (away.length > most.length) most = away
      await pause(LOOK_MS)
    }
  }
  const watching = watch()
  const end = async (): Promise<void> => {
    stop.abort()
    await watching
  }
  return {
    async away() {
      await end()
      return { looks, most }
    },
    [Symbol.asyncDispose]: end,
  }
}
