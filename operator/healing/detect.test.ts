import test from 'ava'
import { detect, type Finding, type Sight } from './detect.ts'
import { aProvider } from './fleet.fixture.ts'
import { plan } from './plan.ts'

const member = { name: 'pool-0', peer: 'old', claim: 'u1' }
const claim = { pod: 'pool-0', uid: 'u1', phase: 'Bound' }
const gone: Finding = { kind: 'volume-gone', name: 'pool-0', peer: 'old' }

const cases: [title: string, sight: Sight, findings: Finding[], lost: string[]][] = [
  ['all is well', { members: [member], claims: [claim], fleet: [aProvider('pool-0', 'old')] }, [], []],
  ['the claim was deleted', { members: [member], claims: [], fleet: [aProvider('pool-0', 'old')] }, [gone], ['old']],
  [
    'the claim was made anew',
    { members: [member], claims: [{ ...claim, uid: 'u2' }], fleet: [aProvider('pool-0', 'old')] },
    [gone],
    ['old'],
  ],
  [
    'the claim lost its volume',
    { members: [member], claims: [{ ...claim, phase: 'Lost' }], fleet: [aProvider('pool-0', 'old')] },
    [gone],
    ['old'],
  ],
  [
    'the pod runs on another volume, and no claim was remembered',
    {
      members: [],
      claims: [claim],
      fleet: [aProvider('pool-0', 'old', { state: 'suspect', silentMs: 20_000 }), aProvider('pool-0', 'new')],
    },
    [{ kind: 'replaced', name: 'pool-0', peer: 'old', successor: 'new' }],
    ['old'],
  ],
  [
    'two peers are alive under one name: the trackers are behind, wait',
    { members: [], claims: [claim], fleet: [aProvider('pool-0', 'old'), aProvider('pool-0', 'new')] },
    [],
    [],
  ],
  [
    'silent, with its volume in place: perhaps a reboot',
    { members: [member], claims: [claim], fleet: [aProvider('pool-0', 'old', { state: 'lost', silentMs: 90_000 })] },
    [{ kind: 'silent', name: 'pool-0', peer: 'old', silentMs: 90_000 }],
    [],
  ],
  [
    'silent for long, remembered by nobody, and no claim under its name: drained and removed before trackers lost what they knew',
    { members: [], claims: [claim], fleet: [aProvider('pool-5', 'old', { state: 'lost', silentMs: null })] },
    [{ ...gone, name: 'pool-5' }],
    ['old'],
  ],
  [
    'the same, not silent for long',
    { members: [], claims: [], fleet: [aProvider('pool-0', 'old', { state: 'suspect', silentMs: 16_000 })] },
    [{ kind: 'silent', name: 'pool-0', peer: 'old', silentMs: 16_000 }],
    [],
  ],
  [
    'the same, and there is a claim under its name',
    { members: [], claims: [claim], fleet: [aProvider('pool-0', 'old', { state: 'lost', silentMs: 90_000 })] },
    [{ kind: 'silent', name: 'pool-0', peer: 'old', silentMs: 90_000 }],
    [],
  ],
  [
    'declared lost already',
    { members: [member], claims: [], fleet: [aProvider('pool-0', 'old', { state: 'lost', declaredLost: true })] },
    [],
    [],
  ],
  ['remembered, but unknown to every tracker', { members: [member], claims: [], fleet: [] }, [], []],
  [
    'gone and silent is found once',
    { members: [member], claims: [], fleet: [aProvider('pool-0', 'old', { state: 'suspect', silentMs: 16_000 })] },
    [gone],
    ['old'],
  ],
]

for (const [title, sight, findings, lost] of cases) {
  test(`detect and plan: ${title}`, (t) => {
    t.deepEqual(detect(sight), findings)
    t.deepEqual(
      plan(findings).map(({ peer }) => peer),
      lost,
    )
  })
}
