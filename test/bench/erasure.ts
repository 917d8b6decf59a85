/**
 * Encoding on one thread: the engine in use against klauspost/reedsolomon held to AVX2, by CPU time in the same run.
 *
 * @module
 */
import { loadErasureEngine } from '@lunarx/runtime/erasure'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tool } from '../../hack/cluster/cluster.ts'
import { publish, type BenchRecord } from './record.ts'

const CASES = [
  { required: 4, parity: 2, shardBytes: 65_536 },
  { required: 10, parity: 4, shardBytes: 65_536 },
  { required: 20, parity: 9, shardBytes: 65_536 },
  { required: 10, parity: 4, shardBytes: 1_048_576 },
] as const
const CPU_MICROSECONDS = 500_000
const PEER = 'klauspost/reedsolomon 1.14.2, AVX2'

const cpuTime = (): number => {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** MB (10⁶ bytes) of data per CPU second. */
function rate(work: () => void, bytes: number): number {
  work()
  const began = cpuTime()
  let rounds = 0
  for (; cpuTime() - began < CPU_MICROSECONDS; rounds++) work()
  return (rounds * bytes) / (cpuTime() - began)
}

const rounded = (value: number): number => Number(value.toPrecision(4))

export async function benchErasure(): Promise<void> {
  const engine = await loadErasureEngine()
  const folder = mkdtempSync(join(tmpdir(), 'lunarx-bench-'))
  try {
    const program = join(folder, 'klauspost')
    await tool('go', ['-C', 'test/bench/klauspost', 'build', '-o', program, '.'], process.env)
    const records: BenchRecord[] = []
    for (const { required, parity, shardBytes } of CASES) {
      const data = Array.from({ length: required }, (_, i) => Uint8Array.from({ length: shardBytes }, (_byte, j) => i * 31 + j * 7))
      const code = engine.code(required, parity)
      const ours = rate(() => void code.encode(data), required * shardBytes)
      const theirs = Number(await tool(program, [required, parity, shardBytes].map(String), process.env))
      const label = `${required}+${parity} ${shardBytes / 1024} KiB (${engine.name})`
      records.push({
        name: 'erasure',
        case: label,
        metric: 'encode',
        unit: 'MB/CPU s',
        ours: rounded(ours),
        peer: PEER,
        theirs,
        ratio: rounded(ours / theirs),
      })
    }
    publish('erasure', records)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
