/**
 * What audits say to providers, encoded as on the wire: questions and answers of draws, of the sweep and of rows, counted where providers
 * answer them.
 *
 * @module
 */
import { SWEEP_CHALLENGE, SWEEP_ENTRY_BYTES } from '@lunarx/core/audit'
import { encodeBytes, readDocument } from '@lunarx/core/document'
import type { Peers } from '@lunarx/net/peers'
import { drawRows, proveLeaf, proveRow, proveSweep, type QuestionOf } from '@lunarx/wire'
import { disguised } from '../fleet/disguised.ts'

/** Type and length of a frame, one each way; beside them `{exchange, question, body}` and `{answer, body}` as CBOR. */
const FRAME_BYTES = 5
const ROWS: readonly string[] = [drawRows.name, proveRow.name]

export interface Counted {
  /** Questions that were answered. */
  questions: number
  /** Of these and their answers. */
  bytes: number
}

export class AuditTraffic {
  draws: Counted = { questions: 0, bytes: 0 }
  rows: Counted = { questions: 0, bytes: 0 }
  sweep: Counted & { watermarks: number } = { questions: 0, bytes: 0, watermarks: 0 }

  reset(): void {
    Object.assign(this, new AuditTraffic())
  }

  /** Answers as these peers do; what audits ask is counted. */
  counted(peers: Peers): Peers {
    return disguised(peers, {
      answer: (exchange, handler) =>
        peers.answer(exchange, async (question, asked) => {
          const answer = await handler(question, asked)
          this.#count(exchange.name, question, answer)
          return answer
        }),
    })
  }

  #count(exchange: string, question: unknown, answer: unknown): void {
    const kind = exchange === proveLeaf.name ? this.draws : exchange === proveSweep.name ? this.sweep : this.rows
    if (kind === this.rows && !ROWS.includes(exchange)) return
    kind.questions++
    kind.bytes += 2 * FRAME_BYTES + encodeBytes({ exchange, question, body: false }).length + encodeBytes({ answer, body: false }).length
    if (kind === this.sweep) {
      const { challenge } = question as QuestionOf<typeof proveSweep>
      this.sweep.watermarks += readDocument(SWEEP_CHALLENGE, challenge).entries.length / SWEEP_ENTRY_BYTES
    }
  }
}
