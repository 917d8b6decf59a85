import {
  beaconSetId,
  BEACON_COMMITMENT,
  checkCommitment,
  checkReveal,
  holdShare,
  signClosing,
  signSet,
  type BeaconRound,
} from '@lunarx/core/audit'
import { documentId } from '@lunarx/core/document'
import { peerIdOf } from '@lunarx/core/membership'
import { compareBytes, itemAt } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import type { AnswerOf, followBeacon } from '@lunarx/wire'
import test from 'ava'
import { stream } from '../../test/vectors/stream.ts'
import { BeaconPart, type BeaconOutcome } from './beacon-part.ts'

const keyOf = (name: string) => crypto.signKey(stream(name, 32))
const TRACKERS = ['a', 'b', 'c'].map(keyOf)
const peers = TRACKERS.map(({ publicKey }) => peerIdOf(publicKey))
const round: BeaconRound = { network: 'net', round: 7, participants: peers.toSorted() }
/** As trackers deal: any ids will do. */
const DEALS = ['deal a', 'deal b', 'deal c'].map((name) => stream(name, 32))
const NOTHING: AnswerOf<typeof followBeacon> = { holds: [], sets: [], closings: [] }

function started() {
  const part = new BeaconPart(round, stream('secret', 32), keyOf('verifier'), crypto)
  const id = documentId(BEACON_COMMITMENT, part.commitment, crypto)
  const set = [...DEALS, id]
  const setId = beaconSetId(set.toSorted(compareBytes), crypto)
  const tell = (said: Partial<typeof NOTHING>, from = 0, opened = false): void =>
    part.absorb({ ...NOTHING, ...said }, itemAt(peers, from), opened)
  return { part, id, set, setId, tell }
}

const sign = (ids: readonly Uint8Array[], ...by: number[]) => by.map((tracker) => signSet(round, ids, itemAt(TRACKERS, tracker)))

test('a secret is opened when a majority has signed a set that names it, not before, and for no other set', (t) => {
  const { part, set, setId, tell } = started()
  const commitment = checkCommitment(part.commitment, round, crypto)
  t.is(part.reveal(), undefined)
  tell({ sets: sign(set, 0) })
  tell({ sets: sign(set, 0) }, 1)
  t.is(part.reveal(), undefined, 'one voice, however often')
  tell({ sets: [signSet(round, set, keyOf('stranger')), signSet({ ...round, round: 8 }, set, itemAt(TRACKERS, 1))] })
  t.is(part.reveal(), undefined, 'of no tracker, of another round')
  tell({ sets: sign(set, 1) }, 2)
  const opened = part.reveal() ?? part.commitment
  t.notThrows(() => checkReveal(opened, commitment, setId, round, crypto))
  // all trackers together sign another set once they know the secret
  tell({ sets: sign(set.slice(1), 0, 1, 2) })
  t.is(part.reveal(), opened)
  t.throws(() => checkReveal(opened, commitment, beaconSetId(set.slice(1).toSorted(compareBytes), crypto), round, crypto), {
    code: 'BAD_MESSAGE',
  })
})

test('a set that leaves it out opens nothing', (t) => {
  const { part, tell } = started()
  tell({ sets: sign(DEALS, 0, 1, 2) })
  t.is(part.reveal(), undefined)
})

test('what became of it: counted, late, or left out though a majority of trackers had it', (t) => {
  type Stage = ReturnType<typeof started>
  const held = ({ id, tell }: Stage): void => tell({ holds: TRACKERS.slice(0, 2).map((key) => holdShare(round, id, key)) })
  const close = ({ setId, tell }: Stage, revealed: readonly Uint8Array[], ...by: number[]): void =>
    tell({ closings: by.map((tracker) => signClosing(round, setId, revealed, itemAt(TRACKERS, tracker))) })
  const outcomes: readonly (readonly [BeaconOutcome, (stage: Stage) => void])[] = [
    ['no-value', () => undefined],
    ['no-value', held],
    ['not-held', ({ tell }) => tell({ sets: sign(DEALS, 0, 1) })],
    [
      'not-held',
      ({ id, tell }) => {
        tell({ holds: [holdShare(round, id, keyOf('stranger')), holdShare(round, id, itemAt(TRACKERS, 0))] })
        tell({ sets: sign(DEALS, 0, 1) })
      },
    ],
    [
      'left-out',
      (stage) => {
        held(stage)
        stage.tell({ sets: sign(DEALS, 0, 1) })
      },
    ],
    [
      'no-value',
      (stage) => {
        stage.tell({ sets: sign(stage.set, 0, 1) })
        close(stage, [stage.id], 0)
      },
    ],
    [
      'counted',
      (stage) => {
        stage.tell({ sets: sign(stage.set, 0, 1) })
        close(stage, [stage.id], 0, 2)
      },
    ],
    [
      'late',
      (stage) => {
        stage.tell({ sets: sign(stage.set, 0, 1) })
        stage.tell({}, 0, true)
        close(stage, [], 0, 2)
      },
    ],
    [
      'left-out',
      (stage) => {
        stage.tell({ sets: sign(stage.set, 0, 1) })
        stage.tell({}, 0, true)
        stage.tell({}, 1, true)
        close(stage, [], 0, 2)
      },
    ],
  ]
  for (const [outcome, happens] of outcomes) {
    const stage = started()
    happens(stage)
    t.is(stage.part.outcome, outcome)
  }
})
