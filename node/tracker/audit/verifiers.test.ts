import { peerIdOf, type Credential } from '@lunarx/core/membership'
import { utf8 } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import type { TrackerRing } from '../ring/index.ts'
import { Outsiders } from './outside/index.ts'
import { Verifiers } from './verifiers.ts'

const peerOf = (name: string) => peerIdOf(crypto.signKey(crypto.sha256(utf8(name))).publicKey)
const member = (name: string, role: Credential['role'], token = name): Credential => ({
  network: 'n',
  peer: peerOf(name),
  role,
  name: token,
  domains: {},
  issuedMs: 0,
  expiresMs: 1e15,
})

test('a token has one place in the order of a draw, however many have it; inside of it each is drawn', (t) => {
  const outsiders = new Outsiders({ clock: new SimulatedClock(), domainKey: 'zone', heartbeatMs: 5_000 })
  for (const [name, token] of [
    ['m1', 'many'],
    ['m2', 'many'],
    ['m3', 'many'],
    ['m4', 'many'],
    ['one', 'one'],
  ] as const) {
    const credential = member(name, 'verifier', token)
    outsiders.hear({ peer: credential.peer, credential }, { host: name, controlPort: 1, dataPort: 2 })
  }
  const ring = { reachable: [], size: 1 } as unknown as TrackerRing
  const verifiers = new Verifiers({ self: member('tracker', 'tracker'), ring, outsiders, domainKey: 'zone', crypto })
  const drawn = new Map<string, number>()
  for (let i = 0; i < 1_500; i++) {
    const outsider = verifiers.drawnOutside(crypto.sha256(utf8(`seed ${i}`)), peerOf('provider'), new Set())
    const who = outsider?.address.host ?? 'tracker'
    drawn.set(who, (drawn.get(who) ?? 0) + 1)
  }
  const of = (who: string): number => drawn.get(who) ?? 0
  for (const share of [of('tracker'), of('one'), of('m1') + of('m2') + of('m3') + of('m4')]) t.true(share > 430 && share < 570, `${share}`)
  for (const who of ['m1', 'm2', 'm3', 'm4']) t.true(of(who) > 80, who)
})
