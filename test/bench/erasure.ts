/**
 * Encoding, decoding and correcting on one thread: the engine in use against klauspost/reedsolomon held to AVX2 and against
 * @subspace/reed-solomon-erasure.wasm, by thread CPU time, in turns; medians.
 *
 * @module
 */
import type { ErasureCode, ErasureEngine } from '@lunarx/core/erasure'
import { kernelEngine, loadErasureEngine, loadPortableEngine } from '@lunarx/runtime/erasure'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tool } from '../../hack/cluster/cluster.ts'
import { publish, type BenchRecord } from './record.ts'

interface Case {
  readonly required: number
  readonly parity: number
  readonly shardBytes: number
}

const CASES: readonly Case[] = [
  { required: 4, parity: 2, shardBytes: 65_536 },
  { required: 10, parity: 4, shardBytes: 65_536 },
  { required: 20, parity: 9, shardBytes: 65_536 },
  { required: 10, parity: 4, shardBytes: 1_048_576 },
]
const METRICS = ['encode', 'decode', 'correct'] as const
const ROUNDS = 5
const CPU_MICROSECONDS = 80_000
const KLAUSPOST = 'klauspost/reedsolomon 1.14.2, AVX2'
const SUBSPACE = '@subspace/reed-solomon-erasure.wasm 0.2.5'

/** Loaded once: each load starts again with code that V8 has not optimized. */
const ENGINES = { engine: await loadErasureEngine(), portable: await loadPortableEngine(), simd128: kernelEngine('simd128') }

/** MB (10⁶ bytes) of data per CPU second of this thread. */
function rate(work: () => void, bytes: number): number {
  const cpuTime = (): number => {
    const { user, system } = process.threadCpuUsage()
    return user + system
  }
  const warm = cpuTime()
  while (cpuTime() - warm < CPU_MICROSECONDS / 2) work()
  const began = cpuTime()
  let rounds = 0
  for (; cpuTime() - began < CPU_MICROSECONDS; rounds++) work()
  return (rounds * bytes) / (cpuTime() - began)
}

/** The work of each metric over shards in the engine's own memory, the same as in klauspost/main.go. */
function works(engine: ErasureEngine, { required, parity, shardBytes }: Case, held: DisposableStack): Record<string, () => void> {
  const code: ErasureCode = engine.code(required, parity)
  const { shards } = held.use(engine.buffers(required + parity, shardBytes))
  const elsewhere = shards.map((_, i) => Uint8Array.from({ length: shardBytes }, (_byte, j) => i * 31 + j * 7))
  for (const [i, shard] of shards.entries()) shard.set(elsewhere[i] ?? [])
  code.encodeInto(shards)
  const lost = Array.from({ length: Math.min(required, parity) }, (_, i) => i)
  const found = shards.map((shard, i) => (i < lost.length ? undefined : shard))
  const into = shards.slice(0, lost.length)
  const spoilt = held.use(engine.buffers(required + parity, shardBytes)).shards
  for (const [i, shard] of spoilt.entries()) shard.set(i === required >> 1 ? (shards[i] ?? []).map((byte) => byte ^ 1) : (shards[i] ?? []))
  return {
    encode: () => code.encodeInto(shards),
    'encode, shards elsewhere': () => code.encodeInto(elsewhere),
    decode: () => void code.reconstruct(found, lost, into),
    correct: () => void code.correct(spoilt),
  }
}

interface Contender {
  readonly name: string
  readonly measure: (metric: string) => Promise<number>
}

function contenders(bench: Case, metric: string, program: string, held: DisposableStack): readonly [Contender, ...Contender[]] {
  const bytes = bench.required * bench.shardBytes
  const contender = (name: string, engine: ErasureEngine): Contender => {
    const work = works(engine, bench, held)
    return { name, measure: (metric) => Promise.resolve(rate(work[metric] ?? (() => undefined), bytes)) }
  }
  const { engine, portable, simd128 } = ENGINES
  return [
    contender(engine.name, engine),
    {
      name: KLAUSPOST,
      measure: async (metric) =>
        Number(
          await tool(program, [metric.split(',')[0] ?? '', ...[bench.required, bench.parity, bench.shardBytes].map(String)], process.env),
        ),
    },
    contender(SUBSPACE, portable),
    ...(simd128 && metric === 'encode' ? [contender(simd128.name, simd128)] : []),
  ]
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
const rounded = (value: number): number => Number(value.toPrecision(4))

async function measure(bench: Case, metric: string, program: string): Promise<BenchRecord[]> {
  using held = new DisposableStack()
  const all = contenders(bench, metric, program, held)
  const rates = all.map((): number[] => [])
  for (let round = 0; round < ROUNDS; round++) for (const [i, { measure }] of all.entries()) rates[i]?.push(await measure(metric))
  const ours = median(rates[0] ?? [])
  return all.slice(1).map(({ name: peer }, i) => {
    const theirs = median(rates[i + 1] ?? [])
    return {
      name: 'erasure',
      case: `${bench.required}+${bench.parity} ${bench.shardBytes / 1024} KiB`,
      metric,
      unit: 'MB/CPU s',
      ours: rounded(ours),
      peer,
      theirs: rounded(theirs),
      ratio: rounded(ours / theirs),
    }
  })
}

export async function benchErasure(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lunarx-bench-'))
  try {
    const program = join(folder, 'klauspost')
    await tool('go', ['-C', 'test/bench/klauspost', 'build', '-o', program, '.'], process.env)
    const records: BenchRecord[] = []
    for (const bench of CASES) for (const metric of METRICS) records.push(...(await measure(bench, metric, program)))
    const [, usual] = CASES
    if (usual) records.push(...(await measure(usual, 'encode, shards elsewhere', program)))
    publish('erasure', records)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
