import type { SignedDocument } from '@lunarx/core/document'
import { compareBytes, hexOf } from '@lunarx/core/model'
import test from 'ava'
import { TRACKER_LIMITS } from '../limits.ts'
import { compareDocuments, type ComparedDocuments } from './compare-documents.ts'

const idOf = (n: number): Uint8Array => Uint8Array.of(...new Uint8Array(30), n >> 8, n)
const DOCUMENT: SignedDocument = { body: new Uint8Array(100), signature: new Uint8Array(64) }
const range = (ids: readonly Uint8Array[]) => ({ after: null, until: null, ids })

/** Of a tracker that has a document of each of these. */
function documentsOf(numbers: readonly number[], isTheirs: ComparedDocuments['isTheirs'] = () => true): ComparedDocuments {
  const ids = numbers.map(idOf)
  const isHere = new Set(ids.map(hexOf))
  return {
    page: async (after, until, limit) =>
      ids
        .filter((id) => (after === null || compareBytes(id, after) > 0) && (until === null || compareBytes(id, until) <= 0))
        .slice(0, limit)
        .map((segment) => ({ segment, document: { ...DOCUMENT, body: segment } })),
    has: async (segment) => isHere.has(hexOf(segment)),
    isOfUse: () => true,
    isTheirs,
  }
}

test('what is here is not wanted, however many more there are in the range; what one message does not carry comes with the next', async (t) => {
  const numbers = Array.from({ length: 2 * TRACKER_LIMITS.documents + 500 }, (_, n) => n)
  const documents = documentsOf(numbers)
  const known = [idOf(1), idOf(2_400)]
  const [absent] = [idOf(9_999)]
  const asked: number[] = []
  for (let round = 0; round < 4; round++) {
    const { lacked, wanted } = await compareDocuments(range([...known, absent]), documents, 64)
    t.deepEqual(wanted, [absent])
    asked.push(lacked.length)
    known.push(...lacked.map(({ body }) => body))
  }
  t.deepEqual(asked, [1_000, 1_000, 498, 0])
})

test('documents of sets that are not the asker’s do not keep it from those behind them', async (t) => {
  const numbers = Array.from({ length: 300 }, (_, n) => n)
  const documents = documentsOf(numbers, (id) => compareBytes(id, idOf(290)) >= 0)
  const { lacked } = await compareDocuments(range([]), documents, 16)
  t.is(lacked.length, 10)
  const within = await compareDocuments({ after: idOf(291), until: idOf(295), ids: [idOf(295)] }, documents, 2)
  t.deepEqual(
    within.lacked.map(({ body }) => body),
    [292, 293, 294].map(idOf),
  )
})
