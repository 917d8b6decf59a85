import { nodeCrypto } from '@lunarx/runtime/crypto'
import { portableCrypto } from '@lunarx/runtime/crypto/portable'
import test from 'ava'
import { cryptoConformance, cryptoEquality } from './crypto.ts'

cryptoConformance(test, 'node:crypto', nodeCrypto)
cryptoConformance(test, '@noble', portableCrypto)
cryptoEquality(test, nodeCrypto, portableCrypto)
