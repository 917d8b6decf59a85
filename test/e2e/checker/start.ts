/**
 * The checker in a pod of a DApp: started, left to itself, asked for what it found.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { kubectl, until, type Cluster } from '../../../hack/cluster/cluster.ts'
import type { Found } from './found.ts'

const PROGRAM = ['expected.ts', 'sizes.ts', 'checker-process.ts']
const FOLDER = '/home/dapp/checker'
/** Until the objects are put that are written once. */
const BEGUN_MS = 600_000

export interface Checker {
  /** Whatever is asked first: it ends its work soon. */
  stop(): Promise<void>
  /** Stops it, waits for its last read of everything. @throws {Error} it ended otherwise, or that took ten minutes */
  findings(): Promise<Found>
}

export interface CheckerOptions {
  /** What it does follows from it, though not when. Default: another each time */
  readonly seed?: string
  /** An hour: larger objects are written once, and more. */
  readonly isLong?: boolean
}

/**
 * Resolves when the objects that are written once are there, and the others are begun with.
 *
 * @param pod of the sample DApp
 * @throws {Error} one could not be put
 */
export async function startChecker(
  cluster: Cluster,
  namespace: string,
  pod: string,
  { seed = String(Date.now()), isLong = false }: CheckerOptions = {},
): Promise<Checker> {
  const run = (script: string): Promise<string> => kubectl(cluster, ['exec', '-n', namespace, pod, '--', 'sh', '-ec', script])
  const files = ['package.json', ...PROGRAM]
  const texts = ['{"type":"module"}', ...PROGRAM.map((file) => readFileSync(`test/e2e/checker/${file}`, 'utf8'))]
  const write = `node -e 'JSON.parse(fs.readFileSync(0)).forEach((text, i) => fs.writeFileSync(process.argv[i + 1], text))' ${files.join(' ')}`
  // by itself: a connection through the API server would not outlive that
  const begin = `SEED=${seed} IS_LONG=${isLong} node checker-process.ts > log 2>&1 < /dev/null &`
  const script = `rm -rf ${FOLDER}; mkdir ${FOLDER}; cd ${FOLDER}; ${write}; ${begin}`
  await kubectl(cluster, ['exec', '-i', '-n', namespace, pod, '--', 'sh', '-ec', script], { input: JSON.stringify(texts) })
  const stop = async (): Promise<void> => {
    await run(`touch ${FOLDER}/stop`)
  }
  try {
    await until('objects that are written once', BEGUN_MS, () => run(`cd ${FOLDER}; [ -e begun ] || { tail -n 5 log >&2; exit 1; }`))
  } catch (error) {
    await stop()
    throw error
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
