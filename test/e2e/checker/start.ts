/**
 * The checker in a pod of a DApp: started, left to itself, asked for what it found.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { kubectl, until, type Cluster } from '../../../hack/cluster/cluster.ts'
import type { Found } from './found.ts'

const PROGRAM = ['expected.ts', 'checker-process.ts']
const FOLDER = '/home/dapp/checker'

export interface Checker {
  /** Whatever is asked first: it ends its work soon. */
  stop(): Promise<void>
  /** Stops it, waits for its last read of everything. @throws {Error} it ended otherwise, or that took ten minutes */
  findings(): Promise<Found>
}

/**
 * @param pod of the sample DApp
 * @param seed what it does follows from it, though not when. Default: another each time
 */
export async function startChecker(cluster: Cluster, namespace: string, pod: string, seed = String(Date.now())): Promise<Checker> {
  const run = (script: string): Promise<string> => kubectl(cluster, ['exec', '-n', namespace, pod, '--', 'sh', '-ec', script])
  await run(`rm -rf ${FOLDER}; mkdir ${FOLDER}`)
  for (const file of PROGRAM)
    await kubectl(cluster, ['exec', '-i', '-n', namespace, pod, '--', 'sh', '-c', `cat > ${FOLDER}/${file}`], {
      input: readFileSync(`test/e2e/checker/${file}`, 'utf8'),
    })
  // by itself: a connection through the API server would not outlive that
  await run(`cd ${FOLDER}; echo '{"type":"module"}' > package.json; SEED=${seed} node checker-process.ts > log 2>&1 < /dev/null &`)
  const stop = async (): Promise<void> => {
    await run(`touch ${FOLDER}/stop`)
  }
  const show = `cd ${FOLDER}; [ -e result.json ] || { tail -n 5 log >&2; exit 1; }; cat result.json`
  return {
    stop,
    async findings() {
      await stop()
      return await until('the last read of everything', 600_000, async () => JSON.parse(await run(show)) as Found)
    },
  }
}
