/**
 * The second implementation in Go (`test/vectors/generator`, on klauspost/reedsolomon), asked for cases that are in no file.
 *
 * @module
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { madeOnce } from './cache.ts'
import { mustRun } from './command.ts'

const FOLDER = fileURLToPath(new URL('../vectors/generator', import.meta.url))
const NEEDED = 'for the second implementation on klauspost/reedsolomon: Go 1.26 or newer'

export interface Geometry {
  readonly required: number
  readonly parity: number
}

export interface ErasureCase extends Geometry {
  readonly shardBytes: number
  /** The data shards are stream(seed, required · shardBytes), one behind the other. */
  readonly seed: string
  /** Of all parity shards, one behind the other. */
  readonly paritySha256: string
}

export interface SegmentCase extends Geometry {
  readonly plaintextBytes: number
  readonly segmentIndex: number
  /** Inputs are stream(seed + ' plaintext', …), ' data key', ' salt', ' position key <slot>', ' code key <slot>'. */
  readonly seed: string
  readonly places: readonly number[]
  readonly addresses: readonly string[]
}

export interface Question {
  readonly erasure: readonly (Geometry & Pick<ErasureCase, 'shardBytes'>)[]
  readonly segments: readonly (Geometry & Pick<SegmentCase, 'plaintextBytes' | 'segmentIndex'>)[]
}

export interface Answers {
  readonly erasure: readonly ErasureCase[]
  readonly segments: readonly SegmentCase[]
}

async function makeProgram(): Promise<string> {
  const version = await mustRun('go', ['version'], NEEDED)
  const sources = (await readdir(FOLDER, { withFileTypes: true })).flatMap((entry) => (entry.isFile() ? [entry.name] : [])).sort()
  const contents = await Promise.all(sources.map((name) => readFile(join(FOLDER, name))))
  const folder = await madeOnce('klauspost', [version, ...contents], async (draft) => {
    await mustRun('go', ['build', '-trimpath', '-o', join(draft, 'generator'), '.'], NEEDED, { cwd: FOLDER })
  })
  return join(folder, 'generator')
}

export async function askKlauspost({ erasure, segments }: Question): Promise<Answers> {
  const question = {
    erasure: erasure.map(({ required, parity, shardBytes }) => [required, parity, shardBytes]),
    segments: segments.map(({ required, parity, plaintextBytes, segmentIndex }) => [required, parity, plaintextBytes, segmentIndex]),
  }
  const answer = await mustRun(await makeProgram(), ['answer'], NEEDED, { input: JSON.stringify(question) })
  return JSON.parse(answer.toString()) as Answers
}
