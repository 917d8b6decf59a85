/**
 * A provider that hosts rows and has dropped some of their values, beside two honest replicas: real commits under signatures, drawn,
 * under roots and judged by the functions of core/audit.
 *
 * It lists what it dropped in its roots, and is found when it is asked for it; or leaves it out, and is found when it is asked for what the
 * others' roots have.
 *
 * @module
 */
import {
  detectionProbability,
  drawnHead,
  drawnReplica,
  drawsOfRound,
  judgeRow,
  ROW_STRETCH,
  rowDrawsValue,
  rowPath,
  rowRoot,
  stretchPoint,
  type RowAnswer,
  type VerdictWord,
} from '@lunarx/core/audit'
import { documentId } from '@lunarx/core/document'
import { compareBytes, hexOf, itemAt, utf8 } from '@lunarx/core/model'
import { partitionOf, ROW_COMMIT, signCommit, type ValuedCommit } from '@lunarx/core/row'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { stream } from '../vectors/stream.ts'
import { medianOf, type Attack } from './measure.ts'
import { PROVIDER } from './papers.ts'
import { INTERVAL_MS } from './trial.ts'

const HOUR_MS = 3_600_000
const author = crypto.signKey(stream('author', 32))
const TABLE = stream('table', 32)
const PARTITION = partitionOf(author.publicKey, TABLE, crypto)
/** The dishonest one first. */
const MEMBERS = [PROVIDER, `${PROVIDER.slice(0, -1)}a`, `${PROVIDER.slice(0, -1)}b`]

interface HeldRow extends ValuedCommit {
  readonly id: Uint8Array
  readonly row: Uint8Array
}

/** In order of their tokens, as a store has them. */
function holdRows(count: number): HeldRow[] {
  const writer = new Uint8Array(8)
  const rows = Array.from({ length: count }, (_, i) => {
    const row = crypto.sha256(utf8(`row ${i}`))
    const draft = { author: author.publicKey, table: TABLE, row, parents: [], writer, clock: { [hexOf(writer)]: 1 }, timeMs: 1 }
    const commit = signCommit({ ...draft, value: stream(`value ${i}`, 200) }, author, crypto)
    return { ...commit, row, id: documentId(ROW_COMMIT, commit.document, crypto) }
  })
  return rows.sort((a, b) => compareBytes(a.row, b.row))
}

/** What a member signs a root over: the heads behind the point, and on from the beginning. */
function stretchOf(rows: readonly HeldRow[], seed: Uint8Array): HeldRow[] {
  const point = stretchPoint(seed, crypto)
  const at = rows.findIndex(({ row }) => compareBytes(row, point) > 0)
  return [...rows.slice(Math.max(0, at)), ...rows.slice(0, Math.max(0, at))].slice(0, ROW_STRETCH)
}

interface RowAttack {
  readonly attack: string
  /** Its roots leave out what it dropped. */
  readonly isHiding: boolean
  readonly fraction: number
  readonly withinMs: number
  readonly trials: number
}

interface Course {
  foundMs: number | undefined
  /** Verdicts on the two others that are no proofs. */
  wronged: number
}

/** One answer, judged. @param root of the stretch; @param replica it is asked by the commit */
function judge(stretch: readonly HeldRow[], leaf: number, isThere: boolean, replica: boolean): VerdictWord {
  const ids = stretch.map(({ id }) => id)
  const asked = itemAt(stretch, leaf)
  const proof: RowAnswer['proof'] = isThere ? { document: asked.document, value: asked.value, successor: null } : null
  const root = { partition: PARTITION, leaves: ids.length, root: replica ? asked.id : rowRoot(ids, crypto) }
  const answer = { commit: asked.id, path: replica ? [] : rowPath(ids, leaf, crypto), proof }
  return judgeRow(root, { leaf, commit: replica ? asked.document : null }, answer, crypto)
}

function play(rows: readonly HeldRow[], { attack, isHiding, fraction, withinMs }: RowAttack, trial: number): Course {
  const words = new DataView(stream(`${attack} ${trial}`, 4 * rows.length).buffer)
  const order = rows.map((_, i) => i).sort((a, b) => words.getUint32(4 * a) - words.getUint32(4 * b))
  const dropped = new Set(order.slice(0, Math.round(fraction * rows.length)).map((i) => itemAt(rows, i)))
  const listed = (member: number) => (member === 0 && isHiding ? rows.filter((row) => !dropped.has(row)) : rows)
  const course: Course = { foundMs: undefined, wronged: 0 }
  const draws = MEMBERS.flatMap((provider, member) =>
    drawsFor(`${attack} ${trial}`, provider, withinMs).map((draw) => ({ ...draw, member })),
  )
  for (const { member, seed, dueMs } of draws.sort((a, b) => a.dueMs - b.dueMs)) {
    const stretch = stretchOf(listed(member), seed)
    const leaf = drawnHead(seed, stretch.length)
    const asked = itemAt(stretch, leaf)
    const others = [0, 1, 2].filter((one) => one !== member)
    for (const [who, replica] of [
      [member, false],
      [itemAt(others, drawnReplica(seed, others.length)), true],
    ] as const) {
      const verdict = judge(stretch, leaf, who !== 0 || !dropped.has(asked), replica)
      if (verdict === 'proved') continue
      if (who !== 0) course.wronged++
      else if (replica === isHiding) course.foundMs ??= dueMs
      if (!replica) break // nobody has shown it: no other is asked
    }
    if (course.foundMs !== undefined) break
  }
  return course
}

/** As trackers draw them, hour by hour. */
function drawsFor(beacon: string, provider: string, untilMs: number) {
  return Array.from({ length: Math.ceil(untilMs / HOUR_MS) }, (_, round) => {
    const value = rowDrawsValue(stream(`${beacon} ${round}`, 32), crypto)
    const span = { startMs: round * HOUR_MS, untilMs: Math.min(untilMs, (round + 1) * HOUR_MS) }
    return [...drawsOfRound({ value, provider, ...span, meanMs: INTERVAL_MS }, crypto)]
  }).flat()
}

/** By its own root, where it loses standing for it; by those of others, where it is contained. Each as often as it is drawn. */
export function dropRowValues(trials: number): Attack[] {
  const rows = holdRows(60)
  const how = { fraction: 0.1, withinMs: HOUR_MS, trials }
  return [
    { attack: 'drops 10 % of row values, and signs for them', isHiding: false, ...how },
    { attack: 'drops 10 % of row values, and leaves them out of its roots', isHiding: true, ...how },
  ].map((one) => {
    const courses = Array.from({ length: trials }, (_, trial) => play(rows, one, trial))
    const found = courses.filter(({ foundMs }) => foundMs !== undefined)
    return {
      attack: one.attack,
      paper: 'forging',
      counted: `found ${one.isHiding ? 'by what others hold' : 'by its own root'} within 1 h`,
      formula: '1 − e^(−f·t/interval)',
      expected: detectionProbability(one.fraction, one.withinMs, INTERVAL_MS),
      measured: found.length / trials,
      trials,
      medianMin: {
        formula: (Math.LN2 * INTERVAL_MS) / one.fraction / 60_000,
        measured: medianOf(courses.map(({ foundMs }) => foundMs)) / 60_000,
      },
      beside: [{ what: 'verdicts against honest replicas', count: courses.reduce((sum, { wronged }) => sum + wronged, 0), due: 0 }],
    }
  })
}
