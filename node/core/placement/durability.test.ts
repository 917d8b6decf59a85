import test from 'ava'
import { lossesPerYear, meanTimeToLoss, YEAR_MS } from './durability.ts'

test('the chain agrees with what is known of the simplest code, and repair that is faster loses less', (t) => {
  // 1+1: MTTL = (3 λ + μ) / 2 λ²
  const [rate, mu] = [0.01, 1]
  const simplest = meanTimeToLoss({ required: 1, parity: 1 }, { rate, window: 1 / mu, urgentWindow: 1 / mu })
  t.true(Math.abs(simplest - (3 * rate + mu) / (2 * rate ** 2)) < 1e-6 * simplest)
  const of = (window: number): number => meanTimeToLoss({ required: 10, parity: 4 }, { rate: 1e-9, window, urgentWindow: window })
  t.true(of(10) > of(100))
})

test('no code is so safe that its figure is none', (t) => {
  const times = { rate: 1e-13, window: 1_000, urgentWindow: 1_000 }
  t.true(meanTimeToLoss({ required: 1, parity: 254 }, times) > 0)
  t.is(lossesPerYear({ required: 1, parity: 254 }, times), 0)
  const years = { rate: 0.04 / YEAR_MS, window: 3_600_000, urgentWindow: 3_600_000 }
  t.is(lossesPerYear({ required: 4, parity: 2 }, years), YEAR_MS / meanTimeToLoss({ required: 4, parity: 2 }, years))
})
