import { LunarError } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { Trace } from '@lunarx/runtime/log'
import type { AuditOrder, ProviderAudit, TrackerStatus } from '@lunarx/wire'
import test from 'ava'
import { mergeAudits, type TrackerAdmin } from '../healing/index.ts'
import { memberAudit } from './member-audit.ts'
import { AUDIT_ANNOTATION } from './names.ts'
import { networkAudit } from './network-audit.ts'
import { auditsAskedOf, orderAudits, withAudit } from './order-audits.ts'
import type { Pool, Provider } from './pool.ts'
import { aProviderPool } from './pools.fixture.ts'

const NO_VERDICTS = { proved: 0, disproved: 0, lost: 0, silent: 0 }
const orderOf = (id: string, proved: number, isOver = true): AuditOrder => ({
  id,
  leaves: 22,
  verdicts: { ...NO_VERDICTS, proved },
  isOver,
})

const seen = (peer: string, changes: Partial<ProviderAudit> = {}): ProviderAudit => ({
  peer,
  standing: { state: 'trusted', reason: '', sinceMs: 0, score: 1 },
  maintenance: false,
  draws: { ...NO_VERDICTS, proved: 160 },
  provedLately: 160,
  ...changes,
})

const aStatus = (providers: readonly ProviderAudit[], done = 0.5): TrackerStatus =>
  ({
    name: 'tracker-0',
    audit: {
      promise: { lostFraction: 0.01, probability: 0.99, withinMs: 1 },
      promisedDraws: 460,
      contained: 1,
      silent: 0,
      beaconRound: 1,
      sweep: {
        round: 0,
        done,
        slots: [],
        watermarks: { proved: 0, wrong: 0, lost: 0, silent: 0, away: 0 },
        unkeyed: 0,
        spent: 0,
        wrongCodes: 0,
      },
      transcripts: 0,
      providers: [...providers],
    },
  }) as unknown as TrackerStatus

function poolWith(annotation: string, members: readonly object[] = [{ name: 'pool-a-0', peer: 'p0', claim: 'c' }]): Pool {
  const pool = aProviderPool({}, { members })
  return { ...pool, owner: { ...pool.owner, metadata: { ...pool.owner.metadata, annotations: { [AUDIT_ANNOTATION]: annotation } } } }
}

/** @param refuses of the trackers, by number */
async function told(pool: Pool, statuses: readonly TrackerStatus[], refuses: readonly number[] = []): Promise<string[]> {
  const orders: string[] = []
  const trackers = statuses.map((status, i) => ({
    status,
    admin: {
      orderAudit: (peer: string, id: string) => {
        orders.push(`${i} ${peer} ${id}`)
        return refuses.includes(i) ? Promise.reject(new LunarError('TOO_MANY_REQUESTS', 'a moment ago')) : Promise.resolve()
      },
    } as unknown as TrackerAdmin,
  }))
  await orderAudits([pool], trackers, { log: new Trace(new SimulatedClock()).log('operator') }, new AbortController().signal)
  return orders
}

test('an order is told to every tracker that has not taken it; one that refuses holds up no other', async (t) => {
  const pool = poolWith('p0@a1')
  const [fresh, taken] = [aStatus([seen('p0')]), aStatus([seen('p0', { order: orderOf('a1', 0, false) })])]
  t.deepEqual(await told(pool, [fresh, fresh, taken], [0]), ['0 p0 a1', '1 p0 a1'])
})

test('an order is not spent on a provider that is not asked anything, because it is in maintenance', async (t) => {
  t.deepEqual(await told(poolWith('p0@a1'), [aStatus([seen('p0', { maintenance: true })]), aStatus([seen('p0')])]), ['1 p0 a1'])
})

test('an order is not told for a stranger, nor again once its outcome is written down', async (t) => {
  const status = aStatus([seen('p0')])
  t.deepEqual(await told(poolWith('p7@a1'), [status]), [])
  const written = [{ name: 'pool-a-0', peer: 'p0', claim: 'c', audit: { standing: 'trusted', coverage: 'Full', order: { id: 'a1' } } }]
  t.deepEqual(await told(poolWith('p0@a1', written), [status]), [])
  t.deepEqual(await told(poolWith('p0@b2', written), [status]), ['0 p0 b2'])
})

test('the annotation: the newest order of each peer, sixteen at most, what is none left out', (t) => {
  const { owner } = poolWith('p0@a1, p1@b2,nonsense,@x,p2@UPPER,p3@')
  t.deepEqual(auditsAskedOf(owner), [
    { peer: 'p0', id: 'a1' },
    { peer: 'p1', id: 'b2' },
  ])
  t.is(withAudit(auditsAskedOf(owner), { peer: 'p0', id: 'c3' }), 'p1@b2,p0@c3')
  const many = Array.from({ length: 20 }, (_, i) => ({ peer: `p${i}`, id: 'a' }))
  t.is(withAudit(many, { peer: 'new', id: 'b' }).split(',').length, 16)
  t.is(auditsAskedOf(poolWith(many.map(({ peer, id }) => `${peer}@${id}`).join(',')).owner).length, 16)
})

const ownerOf = (annotation: string, audit?: object): Provider =>
  poolWith(annotation, [{ name: 'pool-a-0', peer: 'p0', claim: 'c', ...(audit ? { audit } : {}) }]).owner as Provider

test('the outcome of an order: what all trackers found, once all of them are done with it', (t) => {
  const owner = ownerOf('p0@a1')
  const done = seen('p0', { order: orderOf('a1', 20) })
  const find = (other: ProviderAudit) => memberAudit(owner, 'p0', { audits: mergeAudits([aStatus([done]), aStatus([other])], 2) }, 0)?.order
  t.is(find(seen('p0')), undefined, 'one tracker has not taken it')
  t.is(find(seen('p0', { order: orderOf('a1', 3, false) })), undefined, 'one is at it still')
  t.like(find(seen('p0', { order: orderOf('a1', 22) })), { id: 'a1', proved: 42, time: '1970-01-01T00:00:00.000Z' })
  const before = { standing: 'trusted', coverage: 'Full', order: { id: 'a1', ...NO_VERDICTS, proved: 42, time: 'then' } }
  const later = { audits: mergeAudits([aStatus([seen('p0')])], 1) }
  t.like(memberAudit(ownerOf('p0@a1', before), 'p0', later, 0)?.order, { id: 'a1', time: 'then' }, 'trackers forget, the status does not')
})

test('sums over trackers: coverage with chance allowed for, the worst standing, the tracker that is behind', (t) => {
  const suspended = { state: 'suspended', reason: 'lost 9', sinceMs: 0, score: 0.1 } as const
  const statuses = [
    aStatus([seen('p0', { provedLately: 210 }), seen('p1', { provedLately: 0 })], 0.9),
    aStatus([seen('p0', { provedLately: 210 }), seen('p1', { provedLately: 46, standing: suspended })], 0.25),
  ]
  const audits = mergeAudits(statuses, 2)
  t.like(memberAudit(ownerOf(''), 'p0', { audits }, 0), { standing: 'trusted', coverage: 'Full' })
  t.like(memberAudit(ownerOf(''), 'p1', { audits }, 0), { standing: 'suspended', reason: 'lost 9', coverage: 'Partial' })
  t.like(networkAudit(audits, undefined, 0).audit, { providers: 2, coveredPercent: 10, sweptPercent: 25, contained: 2, proved: 640 })
})

test('of convicted tickets the middle one of the trackers counts, of two the one that knows more; none are not spoken of', (t) => {
  const knowing = (kept: number) => {
    const { audit, ...rest } = aStatus([seen('p0')])
    return { ...rest, audit: { ...audit, convictions: { kept, trackers: [], owners: [], newest: [] } } } as unknown as TrackerStatus
  }
  const of = (...kept: readonly number[]) => networkAudit(mergeAudits(kept.map(knowing), kept.length), undefined, 0).audit
  t.is(of(2, 3)?.convictions, 3)
  t.is(of(2, 1_000, 3)?.convictions, 3)
  t.false('convictions' in (of(0, 0) ?? {}))
  t.is(networkAudit(mergeAudits([aStatus([seen('p0')])], 1), undefined, 0).audit?.convictions, undefined)
})

test('no transcript is dated later than now, whatever the tracker says that keeps it', (t) => {
  const { audit, ...rest } = aStatus([seen('p0')])
  const newest = [{ id: 'a', provider: 'p0', verdict: 'lost', keptMs: Number.MAX_SAFE_INTEGER }]
  const status = { ...rest, audit: { ...audit, newest } } as unknown as TrackerStatus
  t.is(networkAudit(mergeAudits([status], 1), undefined, 5).transcripts?.[0]?.time, '1970-01-01T00:00:00.005Z')
})

test('while a tracker is away, what was written before stands; where nothing is audited, nothing is said', (t) => {
  const partial = mergeAudits([aStatus([seen('p0', { provedLately: 1 })])], 3)
  const before = { standing: 'trusted', coverage: 'Full' } as const
  t.deepEqual(memberAudit(ownerOf('', before), 'p0', { audits: partial }, 0) as object, before)
  t.deepEqual(networkAudit(partial, { audit: { coveredPercent: 100 } }, 0), { audit: { coveredPercent: 100 } })
  const off = mergeAudits([{}], 1)
  t.is(off, undefined)
  t.is(memberAudit(ownerOf('', before), 'p0', { audits: off }, 0), undefined)
  t.deepEqual(memberAudit(ownerOf('', before), 'p0', undefined, 0) as object, before, 'no tracker answers')
  t.deepEqual(networkAudit(off, { audit: { coveredPercent: 100 } }, 0), {})
})
