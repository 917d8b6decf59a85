/**
 * Audits of rows among real trackers and providers in one process under a seed.
 */
import { decodeAnyTranscript, verifyRowTranscript, type RowAnswer } from '@lunarx/core/audit'
import { bytesOfText } from '@lunarx/core/document'
import { itemAt, utf8 } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { acquitsRows } from '../../../../test/fleet/false-trackers.ts'
import { adopt, countsOf, HOUR, MINUTE, standingsOf, started, VETTING, withLiar, writeAll } from './_row-fleet.test.ts'

test('honest providers prove the rows that are drawn, through writes, a restart, a cut and a new epoch; nothing is held against them', async (t) => {
  const rows = await started()
  await using fleet = rows.fleet
  await writeAll(rows)
  const [crashed, cut] = [itemAt(fleet.providers, 1), itemAt(fleet.providers, 2)]
  await fleet.clock.runFor(10 * MINUTE)
  await writeAll(rows, 2)
  fleet.kill(crashed)
  fleet.net.cut(cut.machine.place.host)
  await fleet.clock.runFor(3 * MINUTE)
  fleet.net.heal()
  await fleet.startProvider(crashed)
  await fleet.clock.runFor(10 * MINUTE)
  await adopt(rows, fleet.providers.slice(1))
  await fleet.clock.runFor(20 * MINUTE)
  const counts = fleet.providers.map(({ machine }) => countsOf(fleet, machine.peer))
  t.true(
    counts.slice(1).every(({ proved }) => proved > 15),
    JSON.stringify(counts),
  )
  for (const { disproved, lost, missing } of counts) t.deepEqual({ disproved, lost, missing }, { disproved: 0, lost: 0, missing: 0 })
  for (const { machine } of fleet.providers) t.deepEqual(standingsOf(fleet, machine.peer), VETTING)
  t.deepEqual(fleet.defects, [])
})

const dropped = (answer: RowAnswer): RowAnswer => ({ ...answer, proof: null })
const garbled = (answer: RowAnswer): RowAnswer => ({
  ...answer,
  proof: answer.proof && { ...answer.proof, value: utf8('garbage'), successor: null },
})

test('who has not got what it signed for, or signs garbage for it, is suspended by every tracker, with a transcript that anybody can judge', async (t) => {
  let answers = 0
  const { fleet, liar } = await withLiar({ answer: (honest) => (answers++ % 2 === 0 ? garbled(honest) : dropped(honest)) })
  await using _ = fleet
  const isSuspended = () => standingsOf(fleet, liar).every((state) => state === 'suspended' || state === 'expelled')
  t.true(await fleet.clock.runUntil(isSuspended, HOUR))
  for (const { machine } of fleet.providers) if (machine.peer !== liar) t.deepEqual(standingsOf(fleet, machine.peer), VETTING)
  const { transcripts } = await fleet.anyTracker.admin.listTranscripts({})
  const found = transcripts.filter((one) => one.verdict !== 'proved')
  t.true(found.length >= 2 && found.every(({ provider }) => provider === liar))
  for (const { id, verdict } of found) {
    const { transcript } = await fleet.anyTracker.admin.readTranscript({ id })
    const decoded = decodeAnyTranscript(bytesOfText(transcript ?? ''))
    const judge = { network: fleet.config.network, isVerifier: () => true, quorum: 2 }
    const finding = decoded.kind === 'row' ? verifyRowTranscript(decoded.transcript, judge, crypto) : undefined
    t.like(finding, { kind: 'valid', verdict })
  }
  t.deepEqual(fleet.defects, [])
})

test('a tracker that acquits whom it is to judge again does not keep the others from what the documents show', async (t) => {
  let lostBefore: number[] | undefined
  let lost = (): number[] => []
  const { fleet } = await withLiar(
    { answer: dropped },
    {
      trackers: 3,
      disguiseTracker: (i, peers, key) => (i === 2 ? acquitsRows(peers, key, () => (lostBefore ??= lost())) : peers),
    },
  )
  await using _ = fleet
  lost = () =>
    fleet.trackers.slice(0, 2).map(({ powered }) => powered?.metrics.value('lunarx_audit_rows_lost_total', { verdict: 'lost' }) ?? 0)
  t.true(await fleet.clock.runUntil(() => lostBefore !== undefined, 2 * HOUR))
  await fleet.clock.runFor(MINUTE / 6)
  t.deepEqual(
    lost(),
    lostBefore?.map((rows) => rows + 1),
  )
  t.deepEqual(fleet.defects, [])
})

test('who leaves out of its roots what it dropped is asked for it by what others hold: contained, and missing an hour later', async (t) => {
  const { fleet, liar } = await withLiar({ root: () => null, answer: dropped })
  await using _ = fleet
  t.true(await fleet.clock.runUntil(() => countsOf(fleet, liar).contained > 0, HOUR))
  t.true(await fleet.clock.runUntil(() => countsOf(fleet, liar).missing > 0, 2 * HOUR))
  t.deepEqual(standingsOf(fleet, liar), VETTING)
  for (const { machine } of fleet.providers) if (machine.peer !== liar) t.is(countsOf(fleet, machine.peer).missing, 0)
  t.deepEqual(fleet.defects, [])
})
