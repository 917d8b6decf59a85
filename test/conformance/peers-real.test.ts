import test, { type TestFn } from 'ava'
import { realPeersFixture } from './peers-real.ts'
import { peersConformance } from './peers.ts'

// one at a time: credentials of seconds run out while others hash
peersConformance(test.serial as TestFn, 'the real network', realPeersFixture)
