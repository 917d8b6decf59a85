import test from 'ava'
import { AUDIT_ANNOTATION } from '../controllers/index.ts'
import { auditExit, auditPage, auditsOf, providerPage } from './audit-page.ts'
import { anObserved, withNetwork } from './observed.fixture.ts'
import type { Observed } from './observe.ts'

const FIGURES = {
  providers: 2,
  coveredPercent: 100,
  sweptPercent: 40,
  contained: 0,
  missing: 0,
  proved: 920,
  disproved: 0,
  lost: 0,
  silent: 1,
}
const WELL = { standing: 'trusted', coverage: 'Full', disproved: 0, lost: 0 } as const
const ORDER = { id: 'a1', proved: 60, disproved: 2, lost: 1, silent: 3, time: '2026-01-01T00:00:00.000Z' }
const TRANSCRIPT = { id: 'ab'.repeat(32), peer: 'peer-pool-1', verdict: 'disproved' as const, time: '2026-01-01T00:00:00.000Z' }

/** @param found of pool-0 and pool-1 */
function audited(found: readonly object[], status: object = { audit: FIGURES }, annotation?: string): Observed {
  const { network, providers, ...rest } = withNetwork(status)
  const audit = { enabled: true, lostPerMille: 10, foundPercent: 99, withinHours: 24 }
  return {
    ...rest,
    network: { ...network, spec: { ...network.spec, audit } },
    providers: providers.map((pool) => ({
      ...pool,
      metadata: { ...pool.metadata, ...(annotation === undefined ? {} : { annotations: { [AUDIT_ANNOTATION]: annotation } }) },
      status: { ...pool.status, members: (pool.status?.members ?? []).map((member, i) => ({ ...member, audit: found[i] })) },
    })) as unknown as Observed['providers'],
  }
}

for (const [title, observed, headline, exit] of [
  ['they are off', anObserved(), /^OFF: .*spec.audit.enabled/, 0],
  ['no tracker has answered yet', audited([WELL, WELL], {}), /^UNKNOWN: /, 0],
  ['all is well', audited([WELL, WELL]), /^AUDITED: /, 0],
  ['young', audited([WELL, { ...WELL, standing: 'vetting', coverage: 'Partial' }]), /^UNDER WAY: .*1 of 2 providers/, 0],
  ['maintenance is no delay', audited([WELL, { ...WELL, standing: 'maintenance', coverage: 'None' }]), /^AUDITED: /, 0],
  ['one was found', audited([WELL, { ...WELL, standing: 'suspended', reason: 'lost 9' }]), /^FOUND: pool-1 lost more/, 3],
  ['shards are silent', audited([WELL, WELL], { audit: { ...FIGURES, missing: 3 } }), /^SILENT: 3 shards/, 3],
] as const)
  test(`audits: ${title}`, (t) => {
    const audits = auditsOf(observed)
    t.regex(auditPage(audits), headline)
    t.is(auditExit(audits), exit)
  })

test('the page has the promise, the verdicts, every provider with its reason, and the transcripts by pod', (t) => {
  const lossy = { ...WELL, standing: 'expelled', reason: 'disproved 12 leaves', disproved: 12 }
  const page = auditPage(auditsOf(audited([WELL, lossy], { audit: { ...FIGURES, disproved: 12 }, transcripts: [TRANSCRIPT] })))
  t.regex(page, /a loss of 1 % is found within 24 h with 99 %. Least covered: 100 %/)
  t.regex(page, /920 proved, 12 disproved, 0 lost, 1 silent/)
  t.notRegex(page, /Tickets:/)
  t.regex(auditPage(auditsOf(audited([WELL], { audit: { ...FIGURES, convictions: 2 } }))), /Tickets: 2 convicted/)
  t.regex(page, /pool-0 +trusted +Full +0 +0\n/)
  t.regex(page, /pool-1 +expelled +Full +12 +0 +disproved 12 leaves\n/)
  t.regex(page, new RegExp(`pool-1 disproved: ${TRANSCRIPT.id}`))
})

test('one provider: its own transcripts, and what came of the newest order', (t) => {
  const observed = audited(
    [WELL, { ...WELL, order: ORDER }],
    { audit: FIGURES, transcripts: [TRANSCRIPT] },
    'peer-pool-0@b2,peer-pool-1@a1',
  )
  const audits = auditsOf(observed)
  const [first, second] = audits.providers
  t.true(first?.isOrdered)
  t.false(second?.isOrdered)
  if (!first || !second) return
  t.regex(providerPage(audits, first), /^pool-0 \(peer-pool-0\): trusted/)
  t.regex(providerPage(audits, first), /On order: an audit is under way/)
  t.notRegex(providerPage(audits, first), /disproved: abab/)
  t.regex(providerPage(audits, second), /On order: of 66 leaves 60 proved, 2 disproved, 1 lost, 3 silent/)
  t.regex(providerPage(audits, second), /pool-1 disproved: abab/)
})
