import test from 'ava'
import { simulatedPeersFixture } from './peers-simulated.ts'
import { peersConformance } from './peers.ts'

peersConformance(test, 'the simulated network', simulatedPeersFixture)
