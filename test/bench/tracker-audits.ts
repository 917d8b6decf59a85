/**
 * What audits move for one provider in a day: messages of real draws among real roles under a simulated clock, encoded as on the wire,
 * beside the formula.
 *
 * @module
 */
import { AUDIT_PROMISE, auditTraffic, drawBytes, meanDrawIntervalMs } from '@lunarx/core/audit'
import { encodeBytes } from '@lunarx/core/document'
import type { Handler, Peers } from '@lunarx/net/peers'
import { proveLeaf, type Exchange } from '@lunarx/wire'
import { Fleet } from '../fleet/fleet.ts'
import { putSet, sealSet } from '../fleet/sets.ts'
import { lessIsBetter, rounded, type BenchFigure, type BenchRecord } from './record.ts'

export interface AuditsSize {
  readonly hours: number
  readonly shardBytes: number
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Type and length of a frame, one each way; beside them `{exchange, question, body}` and `{answer, body}` as CBOR. */
const FRAME_BYTES = 5
const DAY_HOURS = 24

export async function benchAudits({ hours, shardBytes }: AuditsSize): Promise<{ records: BenchRecord[]; figures: BenchFigure[] }> {
  let [draws, bytes] = [0, 0]
  const count = (question: unknown, answer: unknown): void => {
    draws++
    bytes +=
      2 * FRAME_BYTES +
      encodeBytes({ exchange: proveLeaf.name, question, body: false }).length +
      encodeBytes({ answer, body: false }).length
  }
  const { lostFraction, probability, withinMs } = AUDIT_PROMISE
  const network = { audit: { lostFraction, probability, withinMs }, detection: { heartbeatMs: 20_000, suspectMs: 60_000, lostMs: 240_000 } }
  await using fleet = await Fleet.start({ seed: 1, providers: 6, domains: 6, network, disguise: (_, peers) => counted(peers, count) })
  await fleet.clock.runFor(MINUTE)
  for (let i = 0; i < 2; i++) await fleet.run(putSet(fleet, sealSet(fleet, { shardBytes })))
  await fleet.clock.runFor(MINUTE)
  ;[draws, bytes] = [0, 0]
  await fleet.clock.runFor(hours * HOUR)
  if (draws === 0) throw new Error('nothing was drawn')
  const expected = auditTraffic(AUDIT_PROMISE, 2, shardBytes)
  const daily = expected.drawsPerDay * (bytes / draws)
  const label = `audits, shards of ${shardBytes / 2 ** 20} MiB`
  const figure = (metric: string, unit: string, value: number): BenchFigure => ({ case: label, metric, unit, value: rounded(value) })
  return {
    records: [
      lessIsBetter({
        name: 'tracker',
        case: label,
        metric: 'draws: traffic per provider and day',
        unit: 'MB',
        ours: daily / 1e6,
        peer: 'the formula',
        theirs: expected.drawBytesPerDay / 1e6,
      }),
      lessIsBetter({
        name: 'tracker',
        case: label,
        metric: 'draws: traffic per provider and day',
        unit: 'MB',
        ours: daily / 1e6,
        peer: 'what the network promises at most',
        theirs: AUDIT_PROMISE.dailyBytes / 1e6,
      }),
    ],
    figures: [
      figure('draws seen', 'count', draws),
      figure('draws per provider and day, by their times', 'count', (draws / 6 / hours) * DAY_HOURS),
      figure('draws per provider and day, by the formula', 'count', (DAY_HOURS * HOUR) / meanDrawIntervalMs(AUDIT_PROMISE)),
      figure('one draw, both ways', 'bytes', bytes / draws),
      figure('one draw, by the formula', 'bytes', drawBytes(shardBytes)),
    ],
  }
}

/** Answers as these peers do; what is proved is counted. */
function counted(peers: Peers, count: (question: unknown, answer: unknown) => void): Peers {
  return {
    self: peers.self,
    credential: peers.credential,
    ask: (to, exchange, question, options) => peers.ask(to, exchange, question, options),
    answer<Q, A>(exchange: Exchange<Q, A>, handler: Handler<Q, A>): void {
      if (exchange.name !== proveLeaf.name) return peers.answer(exchange, handler)
      peers.answer(exchange, async (question, asked) => {
        const answer = await handler(question, asked)
        count(question, answer)
        return answer
      })
    },
    [Symbol.asyncDispose]: () => peers[Symbol.asyncDispose](),
  }
}
