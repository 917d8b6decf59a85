/**
 * Where a client's time goes: a CPU profile summed by stage of put and get.
 *
 * A sample belongs to the innermost caller that names a stage, so that copying and native calls, the crypto engine's included, count for
 * whoever asked for them. TLS encrypts inside the write that asked for it, and decrypts before any JavaScript runs: that is `outside
 * JavaScript`.
 *
 * @module
 */
import type { Profiler } from 'node:inspector'

/** Stage → share of the time that the main thread was busy, 0 to 1. */
export type Stages = Readonly<Record<string, number>>

interface Rule {
  readonly stage: string
  readonly file: RegExp
  readonly functionName?: RegExp
}

const inFolder = (path: string): RegExp => new RegExp(`/node/${path.replace('/', '/(?:dist/)?')}`)

const RULES: readonly Rule[] = [
  { stage: 'garbage collection', file: /^$/, functionName: /^\(garbage collector\)$/ },
  { stage: 'outside JavaScript', file: /^$/, functionName: /^\(program\)$/ },
  { stage: 'encode, decode', file: inFolder('core/erasure') },
  { stage: 'encode, decode', file: inFolder('runtime/erasure') },
  { stage: 'watermark', file: inFolder('core/watermark') },
  { stage: 'hash, verify', file: inFolder('core/merkle') },
  { stage: 'seal, decrypt', file: inFolder('core/crypto') },
  { stage: 'seal, decrypt', file: inFolder('core/segment') },
  { stage: 'send, receive', file: inFolder('net/') },
  { stage: 'send, receive', file: /^node:(net|tls|_tls|internal\/(stream|net|tls|js_stream))/ },
  { stage: 'put, get', file: inFolder('client/') },
  { stage: 'read the source', file: inFolder('cli/files') },
]
const REST = 'rest'

const stageOf = ({ url, functionName }: Profiler.ProfileNode['callFrame']): string | undefined =>
  RULES.find((rule) => rule.file.test(url) && (rule.functionName?.test(functionName) ?? true))?.stage

export function stagesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Stages {
  const stages = new Map<number, string>()
  const idle = new Set<number>()
  // parents come before their children
  for (const { id, callFrame, children = [] } of nodes) {
    const stage = stageOf(callFrame) ?? stages.get(id) ?? REST
    if (callFrame.functionName === '(idle)') idle.add(id)
    stages.set(id, stage)
    for (const child of children) stages.set(child, stage)
  }
  const sums: Record<string, number> = {}
  let busy = 0
  for (const [i, id] of samples.entries()) {
    const time = timeDeltas[i] ?? 0
    if (idle.has(id)) continue
    const stage = stages.get(id) ?? REST
    sums[stage] = (sums[stage] ?? 0) + time
    busy += time
  }
  return Object.fromEntries(
    Object.entries(sums)
      .map(([stage, time]) => [stage, time / busy] as const)
      .sort(([, a], [, b]) => b - a),
  )
}
