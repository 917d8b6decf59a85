/**
 * Every exchange that a provider answers, and who answers it; those of rows apart.
 *
 * @module
 */
import type { Metrics } from '@lunarx/runtime/metrics'
import type { Peers } from '@lunarx/net/peers'
import {
  confirm,
  confirmMany,
  discard,
  hold,
  holdMany,
  holdings,
  holdLease,
  proveLeaf,
  proveSweep,
  recall,
  retain,
  retrieve,
  store,
  storeProgress,
  storeRelease,
  surplus,
} from '@lunarx/wire'
import { answerEach } from './answer-each.ts'
import { keepsOf, retainShards, type HeldLeases } from './lease/index.ts'
import { answerLeaf, answerSweep, assertOrdered, type AssertOrderedDeps, type ProveDeps } from './prove/index.ts'
import { Receiver, type ReceiveDeps } from './receive/index.ts'
import { discardShards, removeSurplus, type DiscardDeps, type SurplusDeps } from './remove/index.ts'
import { holdShards, type HoldDeps } from './reserve/index.ts'
import { retrieveShard, type RetrieveDeps } from './retrieve/index.ts'

export interface AnswerDeps
  extends
    HoldDeps,
    DiscardDeps,
    SurplusDeps,
    Omit<ReceiveDeps, 'storedBytes'>,
    Omit<RetrieveDeps, 'retrievedBytes'>,
    ProveDeps,
    AssertOrderedDeps {
  readonly services: readonly ('storage' | 'index')[]
  readonly metrics: Metrics
  readonly heldLeases: HeldLeases
}

/** @returns who receives shards */
export function answerAll(peers: Peers, deps: AnswerDeps): Receiver {
  const { catalog, metrics } = deps
  const storedBytes = metrics.counter('lunarx_provider_stored_bytes_total', 'Bytes of shards made durable')
  const retrievedBytes = metrics.counter('lunarx_provider_retrieved_bytes_total', 'Bytes of shards sent')
  const receiver = new Receiver({ ...deps, storedBytes })
  const retrieving = { ...deps, retrievedBytes }

  if (deps.services.includes('storage'))
    for (const exchange of [hold, holdMany]) peers.answer(exchange, (question, asked) => holdShards(question, asked, deps))
  peers.answer(storeProgress, (question, asked) => receiver.progress(question, asked))
  peers.answer(storeRelease, (question, asked) => receiver.release(question, asked))
  peers.answer(store, (question, asked) => receiver.store(question, asked))
  peers.answer(retrieve, (question, asked) => retrieveShard(question, asked, retrieving))
  peers.answer(proveLeaf, async ({ challenge, order }, { session, signal }) => ({
    answer: await answerLeaf(
      challenge,
      session.peer,
      deps,
      signal,
      session.credential.role === 'tracker' ? 'tracker' : 'verifier',
      (asked) => assertOrdered(asked, order, session, deps),
    ),
  }))
  peers.answer(proveSweep, (question, asked) => answerSweep(question, asked, deps))
  peers.answer(confirm, async ({ shards }) => ({ held: await Promise.all(shards.map((key) => catalog.has(key))) }))
  peers.answer(confirmMany, async ({ shards }) => ({ held: await answerEach(shards, (key) => catalog.has(key), deps.log) }))
  peers.answer(holdings, async ({ segments }) => ({
    held: await Promise.all(segments.map(async (segment) => (await catalog.ofSegment(segment)).map(({ index }) => index))),
  }))
  peers.answer(surplus, async (question, asked) => ({ removed: await removeSurplus(question, asked, deps) }))
  peers.answer(retain, async ({ keeps }) => ({ retained: await retainShards(keeps, deps) }))
  peers.answer(holdLease, async ({ leases }) => ({ held: await deps.heldLeases.hold(leases) }))
  peers.answer(recall, async ({ segments }) => ({ keeps: await keepsOf(segments, catalog) }))
  peers.answer(discard, async ({ tombstones }) => ({ removed: await discardShards(tombstones, deps) }))
  return receiver
}
