/**
 * Folders on a real HDFS, for the conformance suites.
 *
 * @module
 */
import { backendSchema, type HdfsBackend } from '@lunarx/core/membership'
import { SystemClock } from '@lunarx/runtime/clock'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import type { Objects, Patience } from '@lunarx/runtime/objects'
import { openHdfs } from '@lunarx/runtime/objects/hdfs'
import { SystemRandom } from '@lunarx/runtime/random'
import { SUPERUSER } from '../../hack/servers/hadoop.ts'
import type { Hdfs } from '../../hack/servers/hdfs.ts'

export const USER = 'lunarx'

/** One call of the superuser, without a body. @throws {Error} what HDFS answers instead */
export async function asSuperuser(
  url: string,
  method: 'GET' | 'PUT' | 'DELETE',
  path: string,
  query: Record<string, string>,
): Promise<unknown> {
  const answer = await fetch(`${url}/webhdfs/v1${path}?${new URLSearchParams({ ...query, 'user.name': SUPERUSER }).toString()}`, { method })
  const said = await answer.text()
  if (!answer.ok) throw new Error(`${path} ${JSON.stringify(query)}: ${said}`)
  return said === '' ? undefined : JSON.parse(said)
}

/** An HDFS with roots that a test makes. */
export class Roots {
  readonly hdfs: Hdfs
  #made = 0

  constructor(hdfs: Hdfs) {
    this.hdfs = hdfs
  }

  /** An empty root. @param active index of the name node that answers */
  async make(active = 0): Promise<HdfsBackend> {
    const root = `/root-${++this.#made}`
    const url = this.hdfs.urls[active] ?? ''
    await asSuperuser(url, 'PUT', root, { op: 'MKDIRS', permission: '700' })
    await asSuperuser(url, 'PUT', root, { op: 'SETOWNER', owner: USER })
    const backend = { kind: 'hdfs', urls: this.hdfs.urls, root, prefix: 'a-network/pool-0', user: USER }
    return backendSchema.parse(backend) as HdfsBackend
  }
}

export async function openRoot(
  backend: HdfsBackend,
  patience: Partial<Patience> = {},
): Promise<{ objects: Objects; metrics: RecordedMetrics }> {
  const metrics = new RecordedMetrics()
  return { objects: await openHdfs(backend, { clock: new SystemClock(), random: new SystemRandom(), metrics, patience }), metrics }
}
