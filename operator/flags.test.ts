import { LunarError } from '@lunarx/core/model'
import test from 'ava'
import { HELP, readFlags } from './flags.ts'

test('flags and environment', (t) => {
  const flags = readFlags(
    `--node-image node:1 --leader-elect --namespace a --issuer-port 9443 --issuer-outside-url https://a:1 --membership-lifetime-seconds 600`.split(
      ' ',
    ),
    {
      POD_NAMESPACE: 'sys',
      POD_NAME: 'op-1',
    },
  )
  t.like(flags, {
    nodeImage: 'node:1',
    leaderElect: true,
    watchNamespace: 'a',
    issuerPort: 9443,
    issuerOutsideUrl: 'https://a:1',
    membershipLifetimeSeconds: 600,
    healthPort: 8080,
    namespace: 'sys',
    identity: 'op-1',
  })
  t.is(readFlags(['--node-image', 'node:1'], {}).membershipLifetimeSeconds, 86_400)
})

for (const [title, args] of [
  ['no image', []],
  ['an unknown flag', ['--node-image', 'x', '--node-imag', 'y']],
  ['a port that is none', ['--node-image', 'x', '--health-port', 'http']],
  ['credentials that live for less than two minutes', ['--node-image', 'x', '--membership-lifetime-seconds', '119']],
  ['credentials that live for longer than a day', ['--node-image', 'x', '--membership-lifetime-seconds', '86401']],
  ['a lifetime that is no number', ['--node-image', 'x', '--membership-lifetime-seconds', '24h']],
  ['an issuer outside that is not secured', ['--node-image', 'x', '--issuer-outside-url', 'http://203.0.113.7:30443']],
  ['an issuer outside that has no address', ['--node-image', 'x', '--issuer-outside-url', '203.0.113.7']],
  ['rights in a namespace without the namespace', ['--node-image', 'x', '--namespaced']],
  ['a level that is none', ['--node-image', 'x', '--log-level', 'loud']],
] as const) {
  test(`refused: ${title}`, (t) => {
    const error = t.throws(() => readFlags(args, {}), { instanceOf: LunarError })
    t.is(error.code, 'BAD_CONFIG')
  })
}

test('help names every flag', (t) => {
  for (const flag of [
    'node-image',
    'namespace',
    'namespaced',
    'monitoring-namespace',
    'leader-elect',
    'operator-service',
    'issuer-port',
    'issuer-outside-url',
    'membership-lifetime-seconds',
    'health-port',
    'log-level',
  ])
    t.true(HELP.includes(`--${flag}`))
})
